-- What lists and searches of threads ask for, kept beside the rows by triggers (the .sqlite/.postgres pair), so that no
-- list has to look through all contents.

-- What a thread has, one bit each: a content with status new 1, assigned 2, replied 4, user_reply 8,
-- user_initiated 16, ignored 32, forwarded 64; a content that waits for approval 128, that is not published 256;
-- a category 512; an intervention of any status 1024, open or deferred 2048, open 4096.
ALTER TABLE content_threads ADD COLUMN marks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE content_threads ADD COLUMN first_content_at BIGINT;

CREATE INDEX threads_marks ON content_threads (marks, last_content_at, id);
CREATE INDEX threads_first ON content_threads (first_content_at);
CREATE INDEX threads_foreign ON content_threads (foreign_id) WHERE foreign_id IS NOT NULL;
DROP INDEX threads_source;
CREATE INDEX threads_source ON content_threads (source_id, last_content_at, id);

-- What else a thread is found by: c: and a category, f: and a category of a forwarded content, l: and a language.
CREATE TABLE thread_terms (
    thread_id TEXT NOT NULL,
    term TEXT NOT NULL,
    PRIMARY KEY (term, thread_id)
);
CREATE INDEX thread_terms_thread ON thread_terms (thread_id);

-- Grows when an entry of the index of words is changed or removed: counts that are kept in memory are stale then.
CREATE TABLE search_state (id BIGINT PRIMARY KEY, epoch BIGINT NOT NULL);
INSERT INTO search_state (id, epoch) VALUES (1, 0);

CREATE INDEX contents_source ON contents (source_id, created_at, id);
CREATE INDEX contents_approval ON contents (thread_id) WHERE approval_required;
CREATE INDEX contents_unpublished ON contents (thread_id, created_at) WHERE NOT published;
CREATE INDEX journal_user ON journal (user_id, position) WHERE user_id IS NOT NULL;
CREATE INDEX journal_kind ON journal (kind, position);

UPDATE content_threads SET
    first_content_at = (SELECT MIN(created_at) FROM contents c WHERE c.thread_id = content_threads.id),
    marks = COALESCE((
        SELECT MAX(CASE WHEN c.status = 'new' THEN 1 ELSE 0 END)
             + MAX(CASE WHEN c.status = 'assigned' THEN 2 ELSE 0 END)
             + MAX(CASE WHEN c.status = 'replied' THEN 4 ELSE 0 END)
             + MAX(CASE WHEN c.status = 'user_reply' THEN 8 ELSE 0 END)
             + MAX(CASE WHEN c.status = 'user_initiated' THEN 16 ELSE 0 END)
             + MAX(CASE WHEN c.status = 'ignored' THEN 32 ELSE 0 END)
             + MAX(CASE WHEN c.status = 'forwarded' THEN 64 ELSE 0 END)
             + MAX(CASE WHEN c.approval_required THEN 128 ELSE 0 END)
             + MAX(CASE WHEN c.published THEN 0 ELSE 256 END)
        FROM contents c WHERE c.thread_id = content_threads.id), 0)
      + COALESCE((
        SELECT 1024 + MAX(CASE WHEN i.status <> 'closed' THEN 2048 ELSE 0 END)
             + MAX(CASE WHEN i.status = 'open' THEN 4096 ELSE 0 END)
        FROM interventions i WHERE i.thread_id = content_threads.id), 0)
      + CASE WHEN category_ids <> '[]' THEN 512 ELSE 0 END;

INSERT INTO thread_terms (thread_id, term)
    SELECT DISTINCT thread_id, 'l:' || LOWER(language) FROM contents WHERE language IS NOT NULL;
