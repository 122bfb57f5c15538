-- The chat's own page was told in its address who its visitor is, and told that address on. It is kept up to its question
-- mark.
UPDATE visitors SET page_url = SPLIT_PART(page_url, '?', 1)
    WHERE page_url LIKE '%?%jwt!_identity=%' ESCAPE '!';
UPDATE visitors SET facts = CAST(jsonb_set(CAST(facts AS jsonb), '{referrer}',
        to_jsonb(SPLIT_PART(CAST(facts AS jsonb) ->> 'referrer', '?', 1))) AS TEXT)
    WHERE CAST(facts AS jsonb) ->> 'referrer' LIKE '%?%jwt!_identity=%' ESCAPE '!';
UPDATE visit_pages SET url = SPLIT_PART(url, '?', 1)
    WHERE url LIKE '%?%jwt!_identity=%' ESCAPE '!';
UPDATE content_threads SET extra_data = CAST(jsonb_set(CAST(extra_data AS jsonb), '{page_url}',
        to_jsonb(SPLIT_PART(CAST(extra_data AS jsonb) ->> 'page_url', '?', 1))) AS TEXT)
    -- What has none in it is not read as JSON.
    WHERE CASE WHEN extra_data LIKE '%jwt!_identity=%' ESCAPE '!'
        THEN CAST(extra_data AS jsonb) ->> 'page_url' LIKE '%?%jwt!_identity=%' ESCAPE '!' ELSE FALSE END;
