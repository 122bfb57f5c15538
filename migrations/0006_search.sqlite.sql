-- How many threads have the same source, marks and folder; how many contents the same source and status.
CREATE TABLE thread_tallies (
    source_id TEXT NOT NULL, marks BIGINT NOT NULL, folder TEXT NOT NULL, n BIGINT NOT NULL,
    PRIMARY KEY (source_id, marks, folder)
) WITHOUT ROWID;
CREATE TABLE content_tallies (
    source_id TEXT NOT NULL, status TEXT NOT NULL, n BIGINT NOT NULL,
    PRIMARY KEY (source_id, status)
) WITHOUT ROWID;

-- The index of words keeps no text of its own: content_search says which content and thread each entry is.
ALTER TABLE content_search RENAME TO content_search_before;
CREATE TABLE content_search (
    doc INTEGER PRIMARY KEY,
    content_id TEXT NOT NULL UNIQUE,
    thread_id TEXT NOT NULL
);
CREATE VIRTUAL TABLE content_words USING fts5 (
    title, body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO content_words (content_words, rank) VALUES ('rank', 'bm25(5.0, 1.0)');
INSERT OR IGNORE INTO content_search SELECT rowid, content_id, thread_id FROM content_search_before;
INSERT INTO content_words (rowid, title, body)
    SELECT b.rowid, '', b.body FROM content_search_before b JOIN content_search s ON s.doc = b.rowid;
DROP TABLE content_search_before;
CREATE INDEX content_search_thread ON content_search (thread_id);

INSERT OR IGNORE INTO thread_terms (thread_id, term)
    SELECT t.id, 'c:' || j.value FROM content_threads t, json_each(t.category_ids) j;
INSERT OR IGNORE INTO thread_terms (thread_id, term)
    SELECT c.thread_id, 'f:' || j.value FROM contents c, json_each(c.category_ids) j WHERE c.status = 'forwarded';
INSERT INTO thread_tallies SELECT source_id, marks, folder, COUNT(*) FROM content_threads GROUP BY 1, 2, 3;
INSERT INTO content_tallies SELECT source_id, status, COUNT(*) FROM contents GROUP BY 1, 2;

CREATE TRIGGER thread_added AFTER INSERT ON content_threads BEGIN
    INSERT INTO thread_tallies VALUES (NEW.source_id, NEW.marks, NEW.folder, 1) ON CONFLICT DO UPDATE SET n = n + 1;
    INSERT OR IGNORE INTO thread_terms (thread_id, term)
        SELECT NEW.id, 'c:' || value FROM json_each(NEW.category_ids);
    UPDATE content_threads SET marks = marks | 512 WHERE id = NEW.id AND NEW.category_ids <> '[]' AND marks & 512 = 0;
END;
CREATE TRIGGER thread_moved AFTER UPDATE OF source_id, marks, folder ON content_threads
WHEN OLD.marks <> NEW.marks OR OLD.folder <> NEW.folder OR OLD.source_id <> NEW.source_id BEGIN
    INSERT INTO thread_tallies VALUES (OLD.source_id, OLD.marks, OLD.folder, -1) ON CONFLICT DO UPDATE SET n = n - 1;
    INSERT INTO thread_tallies VALUES (NEW.source_id, NEW.marks, NEW.folder, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER thread_recategorized AFTER UPDATE OF category_ids ON content_threads
WHEN OLD.category_ids <> NEW.category_ids BEGIN
    DELETE FROM thread_terms WHERE thread_id = NEW.id AND term >= 'c:' AND term < 'c;';
    INSERT OR IGNORE INTO thread_terms (thread_id, term)
        SELECT NEW.id, 'c:' || value FROM json_each(NEW.category_ids);
    UPDATE content_threads SET marks = (marks & ~512) | CASE WHEN NEW.category_ids <> '[]' THEN 512 ELSE 0 END
        WHERE id = NEW.id;
END;
CREATE TRIGGER thread_removed AFTER DELETE ON content_threads BEGIN
    INSERT INTO thread_tallies VALUES (OLD.source_id, OLD.marks, OLD.folder, -1) ON CONFLICT DO UPDATE SET n = n - 1;
    DELETE FROM thread_terms WHERE thread_id = OLD.id;
END;

CREATE TRIGGER content_added AFTER INSERT ON contents BEGIN
    INSERT INTO content_tallies VALUES (NEW.source_id, NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
    -- Most contents tell nothing new of their thread: then it is not written.
    UPDATE content_threads SET
        marks = marks | gained.bits,
        first_content_at = MIN(COALESCE(first_content_at, NEW.created_at), NEW.created_at)
    FROM (SELECT
        CASE NEW.status WHEN 'new' THEN 1 WHEN 'assigned' THEN 2 WHEN 'replied' THEN 4 WHEN 'user_reply' THEN 8
            WHEN 'user_initiated' THEN 16 WHEN 'ignored' THEN 32 WHEN 'forwarded' THEN 64 ELSE 0 END
        | CASE WHEN NEW.approval_required THEN 128 ELSE 0 END
        | CASE WHEN NEW.published THEN 0 ELSE 256 END AS bits) gained
    WHERE id = NEW.thread_id
        AND (marks & gained.bits <> gained.bits OR first_content_at IS NULL OR first_content_at > NEW.created_at);
    INSERT OR IGNORE INTO thread_terms (thread_id, term)
        SELECT NEW.thread_id, 'l:' || LOWER(NEW.language) WHERE NEW.language IS NOT NULL;
    INSERT OR IGNORE INTO thread_terms (thread_id, term)
        SELECT NEW.thread_id, 'f:' || value FROM json_each(NEW.category_ids) WHERE NEW.status = 'forwarded';
END;
CREATE TRIGGER content_moved AFTER UPDATE OF status, approval_required, published ON contents
WHEN OLD.status <> NEW.status OR OLD.approval_required <> NEW.approval_required OR OLD.published <> NEW.published BEGIN
    INSERT INTO content_tallies VALUES (OLD.source_id, OLD.status, -1) ON CONFLICT DO UPDATE SET n = n - 1;
    INSERT INTO content_tallies VALUES (NEW.source_id, NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
    UPDATE content_threads SET marks = marks
            & ~CASE WHEN EXISTS (SELECT 1 FROM contents WHERE status = OLD.status AND thread_id = NEW.thread_id) THEN 0
                ELSE CASE OLD.status WHEN 'new' THEN 1 WHEN 'assigned' THEN 2 WHEN 'replied' THEN 4
                    WHEN 'user_reply' THEN 8 WHEN 'user_initiated' THEN 16 WHEN 'ignored' THEN 32
                    WHEN 'forwarded' THEN 64 ELSE 0 END END
            & ~384
            | CASE NEW.status WHEN 'new' THEN 1 WHEN 'assigned' THEN 2 WHEN 'replied' THEN 4 WHEN 'user_reply' THEN 8
                WHEN 'user_initiated' THEN 16 WHEN 'ignored' THEN 32 WHEN 'forwarded' THEN 64 ELSE 0 END
            | CASE WHEN EXISTS (SELECT 1 FROM contents WHERE thread_id = NEW.thread_id AND approval_required) THEN 128
                ELSE 0 END
            | CASE WHEN EXISTS (SELECT 1 FROM contents WHERE thread_id = NEW.thread_id AND NOT published) THEN 256
                ELSE 0 END
    WHERE id = NEW.thread_id;
END;
CREATE TRIGGER content_translated AFTER UPDATE OF language ON contents WHEN OLD.language IS NOT NEW.language BEGIN
    DELETE FROM thread_terms WHERE term = 'l:' || LOWER(OLD.language) AND thread_id = NEW.thread_id;
    INSERT OR IGNORE INTO thread_terms (thread_id, term)
        SELECT thread_id, 'l:' || LOWER(language) FROM contents
        WHERE thread_id = NEW.thread_id AND language IS NOT NULL;
END;
CREATE TRIGGER content_redated AFTER UPDATE OF created_at ON contents WHEN OLD.created_at <> NEW.created_at BEGIN
    UPDATE content_threads
        SET first_content_at = (SELECT MIN(created_at) FROM contents WHERE thread_id = NEW.thread_id)
        WHERE id = NEW.thread_id;
END;
CREATE TRIGGER content_forwarded AFTER UPDATE OF status, category_ids ON contents
WHEN (OLD.status = 'forwarded' OR NEW.status = 'forwarded')
    AND (OLD.status <> NEW.status OR OLD.category_ids <> NEW.category_ids) BEGIN
    DELETE FROM thread_terms WHERE thread_id = NEW.thread_id AND term >= 'f:' AND term < 'f;';
    INSERT OR IGNORE INTO thread_terms (thread_id, term)
        SELECT c.thread_id, 'f:' || j.value FROM contents c, json_each(c.category_ids) j
        WHERE c.status = 'forwarded' AND c.thread_id = NEW.thread_id;
END;
CREATE TRIGGER content_removed AFTER DELETE ON contents BEGIN
    INSERT INTO content_tallies VALUES (OLD.source_id, OLD.status, -1) ON CONFLICT DO UPDATE SET n = n - 1;
    UPDATE content_threads SET
        marks = marks
            & ~CASE WHEN EXISTS (SELECT 1 FROM contents WHERE status = OLD.status AND thread_id = OLD.thread_id) THEN 0
                ELSE CASE OLD.status WHEN 'new' THEN 1 WHEN 'assigned' THEN 2 WHEN 'replied' THEN 4
                    WHEN 'user_reply' THEN 8 WHEN 'user_initiated' THEN 16 WHEN 'ignored' THEN 32
                    WHEN 'forwarded' THEN 64 ELSE 0 END END
            & ~384
            | CASE WHEN EXISTS (SELECT 1 FROM contents WHERE thread_id = OLD.thread_id AND approval_required) THEN 128
                ELSE 0 END
            | CASE WHEN EXISTS (SELECT 1 FROM contents WHERE thread_id = OLD.thread_id AND NOT published) THEN 256
                ELSE 0 END,
        first_content_at = (SELECT MIN(created_at) FROM contents WHERE thread_id = OLD.thread_id)
    WHERE id = OLD.thread_id;
    DELETE FROM thread_terms WHERE thread_id = OLD.thread_id AND term >= 'f:' AND term < 'f;';
    DELETE FROM thread_terms WHERE thread_id = OLD.thread_id AND term >= 'l:' AND term < 'l;';
    INSERT OR IGNORE INTO thread_terms (thread_id, term)
        SELECT thread_id, 'l:' || LOWER(language) FROM contents
        WHERE thread_id = OLD.thread_id AND language IS NOT NULL;
    INSERT OR IGNORE INTO thread_terms (thread_id, term)
        SELECT c.thread_id, 'f:' || j.value FROM contents c, json_each(c.category_ids) j
        WHERE c.status = 'forwarded' AND c.thread_id = OLD.thread_id;
    UPDATE search_state SET epoch = epoch + 1 WHERE EXISTS (SELECT 1 FROM content_search WHERE content_id = OLD.id);
    DELETE FROM content_words WHERE rowid = (SELECT doc FROM content_search WHERE content_id = OLD.id);
    DELETE FROM content_search WHERE content_id = OLD.id;
END;

CREATE TRIGGER case_added AFTER INSERT ON interventions BEGIN
    UPDATE content_threads SET marks = marks | 1024
            | CASE WHEN NEW.status <> 'closed' THEN 2048 ELSE 0 END
            | CASE WHEN NEW.status = 'open' THEN 4096 ELSE 0 END
    WHERE id = NEW.thread_id;
END;
CREATE TRIGGER case_moved AFTER UPDATE OF status ON interventions WHEN OLD.status <> NEW.status BEGIN
    UPDATE content_threads SET marks = marks & ~6144
            | CASE WHEN EXISTS (SELECT 1 FROM interventions WHERE thread_id = NEW.thread_id AND status <> 'closed')
                THEN 2048 ELSE 0 END
            | CASE WHEN EXISTS (SELECT 1 FROM interventions WHERE thread_id = NEW.thread_id AND status = 'open')
                THEN 4096 ELSE 0 END
    WHERE id = NEW.thread_id;
END;
CREATE TRIGGER case_removed AFTER DELETE ON interventions BEGIN
    UPDATE content_threads SET marks = marks & ~7168
            | CASE WHEN EXISTS (SELECT 1 FROM interventions WHERE thread_id = OLD.thread_id) THEN 1024 ELSE 0 END
            | CASE WHEN EXISTS (SELECT 1 FROM interventions WHERE thread_id = OLD.thread_id AND status <> 'closed')
                THEN 2048 ELSE 0 END
            | CASE WHEN EXISTS (SELECT 1 FROM interventions WHERE thread_id = OLD.thread_id AND status = 'open')
                THEN 4096 ELSE 0 END
    WHERE id = OLD.thread_id;
END;
