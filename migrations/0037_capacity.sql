-- Reasons for being away, which agents choose from.
CREATE TABLE presence_statuses (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- How much some users take on some channels, instead of what the channels say.
CREATE TABLE user_capacities (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    channels TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
ALTER TABLE users ADD COLUMN user_capacity_id TEXT;

-- Who waits on a channel is counted whenever a chat asks whether somebody is free.
CREATE INDEX threads_waiting ON content_threads (source_id) WHERE folder = 'new';

-- And who is there.
CREATE INDEX agent_presence_in ON agent_presence (user_id) WHERE state = 'in';

-- And who may do what on the source of that chat.
CREATE INDEX source_permissions_source ON source_permissions (source_id);
