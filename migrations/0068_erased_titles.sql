-- The title of a conversation of somebody who was erased stays away, whatever its source tells of it later.
ALTER TABLE content_threads ADD COLUMN title_erased BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE content_threads SET title_erased = TRUE
WHERE title IS NULL AND identity_id IN (SELECT id FROM identities WHERE foreign_id LIKE 'erased:%');
