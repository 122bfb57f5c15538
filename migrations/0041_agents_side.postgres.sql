-- Sources that are there go on as before.
UPDATE content_sources SET settings = CAST(CAST(settings AS jsonb) || '{"page_before_engaging": true}' AS TEXT)
    WHERE kind = 'engage_messaging';
