-- What a chat shows to whom: its triggers, in their order. One is built in: it shows the chat's own button.
CREATE TABLE chat_triggers (
    id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES content_sources (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    built_in BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    only_if_agents_available BOOLEAN NOT NULL,
    queuing_hundredths BIGINT,
    conditions TEXT NOT NULL,
    actions TEXT NOT NULL,
    stop_after BOOLEAN NOT NULL,
    once_per_visit BOOLEAN NOT NULL,
    also_when_engaged BOOLEAN NOT NULL,
    category_ids TEXT NOT NULL,
    language TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX chat_triggers_source ON chat_triggers (source_id, position);

-- What triggers show: buttons, invitations and automatic messages. One without a text of its own has the one that is
-- built in under the name in "prebuilt".
CREATE TABLE chat_items (
    id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES content_sources (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    positioning TEXT NOT NULL,
    prebuilt TEXT NOT NULL,
    html TEXT,
    css TEXT,
    offline_support BOOLEAN NOT NULL,
    reserve_height BIGINT,
    texts TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX chat_items_source ON chat_items (source_id, position);

-- What a site tells of its visitors beside what every page has.
CREATE TABLE chat_variables (
    id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES content_sources (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    position BIGINT NOT NULL,
    in_page TEXT,
    show_to_agents BOOLEAN NOT NULL,
    personal BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX chat_variables_name ON chat_variables (source_id, name);
