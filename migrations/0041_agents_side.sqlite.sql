-- Sources that are there go on as before.
UPDATE content_sources SET settings = json_set(settings, '$.page_before_engaging', json('true'))
    WHERE kind = 'engage_messaging';
