-- Sources that are there go on as before.
UPDATE content_sources SET settings = json_set(settings, '$.max_open_conversations', 20,
    '$.auto_close_threads', json('false')) WHERE kind = 'engage_messaging';
