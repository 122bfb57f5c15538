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

-- Chats that are there get what a new one begins with; their button stays as it is. Both databases give the same ids, which
-- are those of the chats but for the first digit.
INSERT INTO chat_items (id, source_id, kind, label, active, position, positioning, prebuilt, html, css, offline_support,
    reserve_height, texts, body, created_at, updated_at)
SELECT CAST(d.position AS TEXT) || substr(s.id, 2), s.id, d.kind, d.label, TRUE, d.position, d.positioning, d.prebuilt, NULL, NULL, FALSE,
    NULL, '{}', '{}', s.created_at, s.created_at
FROM content_sources s CROSS JOIN (
    SELECT 0 AS position, 'button' AS kind, 'Default floating button' AS label, 'floating' AS positioning,
        'launcher' AS prebuilt
    UNION ALL SELECT 1, 'button', 'Default floating button - dark', 'floating', 'button_dark'
    UNION ALL SELECT 2, 'button', 'Default floating button - light', 'floating', 'button_light'
    UNION ALL SELECT 3, 'button', 'Default fixed button', 'fixed', 'button_fixed'
    UNION ALL SELECT 4, 'invitation', 'Default invitation', 'floating', 'invitation'
    UNION ALL SELECT 5, 'automatic_message', 'Default automatic message', 'floating', 'message'
) d
WHERE s.kind = 'engage_messaging';

INSERT INTO chat_triggers (id, source_id, label, active, built_in, position, only_if_agents_available,
    queuing_hundredths, conditions, actions, stop_after, once_per_visit, also_when_engaged, category_ids, language,
    created_at, updated_at)
SELECT '0' || substr(s.id, 2), s.id, 'Default button', TRUE, TRUE, 0, FALSE,
    NULL, '[]', '[{"type":"show_button","item_ids":["' || i.id || '"]}]', FALSE, FALSE, FALSE, '[]', NULL,
    s.created_at, s.created_at
FROM content_sources s JOIN chat_items i ON i.source_id = s.id AND i.prebuilt = 'launcher';
