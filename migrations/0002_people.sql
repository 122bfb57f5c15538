-- Custom fields, merges of identities that can be undone, and folders.

CREATE TABLE custom_fields (
    id TEXT PRIMARY KEY,
    associated_type_name TEXT NOT NULL,
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    choices TEXT NOT NULL,
    multiple BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    read_only BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (associated_type_name, key)
);

-- How an identity came into a group, so that it can leave it again: where it was before, what it brought along, what
-- of that the group took over, and what the group knew when the identity went on to another one.
CREATE TABLE identity_merges (
    id TEXT PRIMARY KEY,
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    identity_group_id TEXT NOT NULL REFERENCES identity_groups (id),
    old_identity_group_id TEXT REFERENCES identity_groups (id),
    founding BOOLEAN NOT NULL,
    brought TEXT NOT NULL,
    added TEXT NOT NULL,
    known TEXT NOT NULL,
    user_id TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX identity_merges_identity ON identity_merges (identity_id, identity_group_id, id);
CREATE INDEX identity_merges_group ON identity_merges (identity_group_id, id);

CREATE TABLE folders (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    parent_id TEXT REFERENCES folders (id),
    position BIGINT NOT NULL,
    query TEXT,
    render_threads_count BOOLEAN NOT NULL,
    role_ids TEXT NOT NULL,
    team_ids TEXT NOT NULL,
    user_ids TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX folders_parent ON folders (parent_id);
CREATE INDEX folders_user ON folders (user_id);
