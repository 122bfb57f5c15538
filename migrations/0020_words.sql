-- Earlier contents are indexed anew by the server, the newest first: those with an id before this one wait; none when
-- there are no more.
ALTER TABLE search_state ADD COLUMN to_index TEXT;
UPDATE search_state SET epoch = epoch + 1, to_index = CASE WHEN EXISTS (SELECT 1 FROM contents) THEN 'g' END;
