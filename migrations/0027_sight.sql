-- Whose people an entry is about that happened on no source: only who reads on one of their communities sees it.
ALTER TABLE journal ADD COLUMN community_ids TEXT;
UPDATE journal SET community_ids =
    COALESCE((SELECT '["' || i.community_id || '"]' FROM identities i WHERE i.id = journal.resource_id), '[]')
    WHERE source_id IS NULL AND resource_kind = 'identity';
UPDATE journal SET community_ids = '["' || resource_id || '"]' WHERE source_id IS NULL AND resource_kind = 'community';
UPDATE journal SET source_id = resource_id WHERE source_id IS NULL AND resource_kind = 'content_source';
