-- The words of comments are in the index of those of contents: an entry says which of both it is of, by its id.
ALTER TABLE content_search ADD COLUMN of_comment BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX content_search_comments ON content_search (doc) WHERE of_comment;
-- Comments from before are indexed after the start, the newest first: those with smaller ids than this.
ALTER TABLE search_state ADD COLUMN comments_to_index TEXT;
UPDATE search_state SET comments_to_index = 'g' WHERE EXISTS (SELECT 1 FROM intervention_comments);
