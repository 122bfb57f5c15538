-- Chats that are there get what a new one begins with; their button stays as it is.
INSERT INTO chat_items (id, source_id, kind, label, active, position, positioning, prebuilt, html, css, offline_support,
    reserve_height, texts, body, created_at, updated_at)
SELECT substr(md5(random()::text || s.id), 1, 24), s.id, d.kind, d.label, TRUE, d.position, d.positioning, d.prebuilt, NULL, NULL, FALSE,
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
SELECT substr(md5(random()::text || s.id), 1, 24), s.id, 'Default button', TRUE, TRUE, 0, FALSE,
    NULL, '[]', '[{"type":"show_button","item_ids":["' || i.id || '"]}]', FALSE, FALSE, FALSE, '[]', NULL,
    s.created_at, s.created_at
FROM content_sources s JOIN chat_items i ON i.source_id = s.id AND i.prebuilt = 'launcher';
