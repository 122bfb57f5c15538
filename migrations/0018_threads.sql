-- What programs read of a thread, kept where it is written, so that no list has to look for it. `opening` is the text
-- of its first content, cut: its title where it has no subject.
ALTER TABLE content_threads ADD COLUMN opening TEXT;
ALTER TABLE content_threads ADD COLUMN first_content_id TEXT;
ALTER TABLE content_threads ADD COLUMN first_content_author_id TEXT;
ALTER TABLE content_threads ADD COLUMN first_categorization_at BIGINT;
ALTER TABLE content_threads ADD COLUMN intervention_user_ids TEXT NOT NULL DEFAULT '[]';
ALTER TABLE content_threads ADD COLUMN opened_intervention_user_ids TEXT NOT NULL DEFAULT '[]';
-- The bot that gave the thread to people, until somebody gives it to a bot again or it has ended; and how many contents
-- bots have written in it since its customer's last word.
ALTER TABLE content_threads ADD COLUMN handed_over_by TEXT;
ALTER TABLE content_threads ADD COLUMN bot_streak BIGINT NOT NULL DEFAULT 0;

UPDATE content_threads SET
    first_content_id = (SELECT MIN(id) FROM contents WHERE thread_id = content_threads.id),
    first_categorization_at = CASE WHEN category_ids = '[]' THEN NULL ELSE COALESCE((
        SELECT MIN(issued_at) FROM journal WHERE thread_id = content_threads.id
            AND kind IN ('content.recategorized', 'content_thread.recategorized')), created_at) END;
UPDATE content_threads SET
    first_content_author_id = (SELECT author_id FROM contents WHERE id = first_content_id),
    opening = (SELECT TRIM(REPLACE(REPLACE(REPLACE(SUBSTR(body, 1, 300), '
', ' '), '  ', ' '), '  ', ' ')) FROM contents WHERE id = first_content_id);
UPDATE content_threads SET opening = CASE WHEN opening = '' THEN NULL ELSE SUBSTR(opening, 1, 137) || '...' END
    WHERE opening = '' OR LENGTH(opening) > 140;

-- A conversation in a chat is between two, whatever was noted so far.
UPDATE contents SET private = TRUE WHERE NOT private
    AND source_id IN (SELECT id FROM content_sources WHERE kind = 'engage_messaging');
