-- The processes that serve this database. Each says now and then that it lives.
CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

-- A page of an agent's console, as long as its socket is open; it lives no longer than its process.
CREATE TABLE agent_connections (
    id TEXT PRIMARY KEY,
    node_id TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX agent_connections_user ON agent_connections (user_id);
CREATE INDEX agent_connections_node ON agent_connections (node_id, user_id);

-- Where an agent is: 'in' with a console open, 'gone' until a time when the last one was lost, or 'absent'. An own
-- reason for being away and the last action come with routing. Users are pointed at without a constraint: whoever holds
-- a user's row waits for nobody here.
CREATE TABLE agent_presence (
    user_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    gone_until BIGINT,
    custom_status_id TEXT,
    acted_at BIGINT,
    version BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX agent_presence_gone ON agent_presence (gone_until) WHERE state = 'gone';

-- Whether they take work on a channel, and who said so: 'joined' is the channel's own word.
CREATE TABLE agent_availability (
    user_id TEXT NOT NULL,
    channel_id TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    available BOOLEAN NOT NULL,
    since BIGINT NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (user_id, channel_id)
);
CREATE INDEX agent_availability_channel ON agent_availability (channel_id);

-- Which process is at a piece of work that only one may be at. It ends with the process.
CREATE TABLE timer_leases (
    name TEXT PRIMARY KEY,
    node_id TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE
);
CREATE INDEX timer_leases_node ON timer_leases (node_id);
