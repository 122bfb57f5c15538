-- What a chat says first is one map by language. What was said to everybody becomes what is said in the source's
-- language, or to all others ('und') where it has that.
UPDATE content_sources SET settings = json_remove(json_set(settings, '$.welcome_messages', json((
    SELECT json_group_object(language, body) FROM (
        SELECT one.value ->> 'language' AS language, min(one.value ->> 'body') AS body
        FROM json_each(content_sources.settings, '$.welcome_messages') AS one GROUP BY 1
        UNION ALL
        SELECT
            CASE WHEN EXISTS (
                SELECT 1 FROM json_each(content_sources.settings, '$.welcome_messages') AS one
                WHERE one.value ->> 'language' = coalesce(content_sources.settings ->> 'default_content_language', 'en')
            ) THEN 'und' ELSE coalesce(content_sources.settings ->> 'default_content_language', 'en') END,
            content_sources.settings ->> 'welcome_message'
        WHERE trim(coalesce(content_sources.settings ->> 'welcome_message', '')) <> ''
    )
))), '$.welcome_message')
WHERE json_type(settings, '$.welcome_message') IS NOT NULL OR json_type(settings, '$.welcome_messages') = 'array';
