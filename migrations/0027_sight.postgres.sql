UPDATE journal SET community_ids =
    COALESCE((SELECT CAST(json_agg(DISTINCT i.community_id) AS TEXT) FROM identities i WHERE i.identity_group_id = journal.resource_id), '[]')
    WHERE source_id IS NULL AND resource_kind = 'identity_group';
