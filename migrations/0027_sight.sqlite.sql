UPDATE journal SET community_ids =
    COALESCE((SELECT json_group_array(DISTINCT i.community_id) FROM identities i WHERE i.identity_group_id = journal.resource_id), '[]')
    WHERE source_id IS NULL AND resource_kind = 'identity_group';
