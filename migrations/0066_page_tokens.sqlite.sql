-- The chat's own page was told in its address who its visitor is, and told that address on. It is kept up to its question
-- mark.
UPDATE visitors SET page_url = SUBSTR(page_url, 1, INSTR(page_url, '?') - 1)
    WHERE page_url LIKE '%?%jwt!_identity=%' ESCAPE '!';
UPDATE visitors SET facts = json_set(facts, '$.referrer',
        SUBSTR(facts ->> 'referrer', 1, INSTR(facts ->> 'referrer', '?') - 1))
    WHERE facts ->> 'referrer' LIKE '%?%jwt!_identity=%' ESCAPE '!';
UPDATE visit_pages SET url = SUBSTR(url, 1, INSTR(url, '?') - 1)
    WHERE url LIKE '%?%jwt!_identity=%' ESCAPE '!';
UPDATE content_threads SET extra_data = json_set(extra_data, '$.page_url',
        SUBSTR(extra_data ->> 'page_url', 1, INSTR(extra_data ->> 'page_url', '?') - 1))
    -- What has none in it is not read as JSON.
    WHERE CASE WHEN extra_data LIKE '%jwt!_identity=%' ESCAPE '!'
        THEN extra_data ->> 'page_url' LIKE '%?%jwt!_identity=%' ESCAPE '!' ELSE FALSE END;
