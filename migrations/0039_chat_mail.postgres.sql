-- Sources that are there send no mails that they did not send before.
UPDATE content_sources SET settings = CAST(CAST(settings AS jsonb) || '{"unread_email": false}' AS TEXT)
    WHERE kind = 'engage_messaging';
