-- Sources that are there send no mails that they did not send before.
UPDATE content_sources SET settings = json_set(settings, '$.unread_email', json('false')) WHERE kind = 'engage_messaging';
