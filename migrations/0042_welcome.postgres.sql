-- What a chat says first is one map by language. What was said to everybody becomes what is said in the source's
-- language, or to all others ('und') where it has that.
WITH told AS (
    SELECT id, CAST(settings AS jsonb) AS settings FROM content_sources
), old AS (
    SELECT id, settings, coalesce(settings ->> 'default_content_language', 'en') AS own,
        CASE WHEN jsonb_typeof(settings -> 'welcome_messages') = 'array' THEN settings -> 'welcome_messages'
            ELSE '[]' END AS list
    FROM told
    WHERE settings -> 'welcome_message' IS NOT NULL OR jsonb_typeof(settings -> 'welcome_messages') = 'array'
)
UPDATE content_sources SET settings = CAST(
    (old.settings - 'welcome_message') || jsonb_build_object('welcome_messages', (
        SELECT coalesce(jsonb_object_agg(said.language, said.body), '{}') FROM (
            SELECT one ->> 'language' AS language, min(one ->> 'body') AS body
            FROM jsonb_array_elements(old.list) AS one GROUP BY 1
            UNION ALL
            SELECT
                CASE WHEN EXISTS (SELECT 1 FROM jsonb_array_elements(old.list) AS one WHERE one ->> 'language' = old.own)
                    THEN 'und' ELSE old.own END,
                old.settings ->> 'welcome_message'
            WHERE trim(coalesce(old.settings ->> 'welcome_message', '')) <> ''
        ) AS said
    )) AS TEXT)
FROM old WHERE old.id = content_sources.id;
