-- Sources that are there go on as before.
UPDATE content_sources SET settings =
    CAST(CAST(settings AS jsonb) || '{"max_open_conversations": 20, "auto_close_threads": false}' AS TEXT)
    WHERE kind = 'engage_messaging';
