-- How many threads have the same source, marks and folder; how many contents the same source and status. Rows are
-- only added, because writers of one counter would wait for each other until their commits: a sum is the number, and
-- now and then some rows are put together.
CREATE TABLE thread_tallies (source_id TEXT NOT NULL, marks BIGINT NOT NULL, folder TEXT NOT NULL, n BIGINT NOT NULL);
CREATE INDEX thread_tallies_key ON thread_tallies (source_id, marks, folder);
CREATE TABLE content_tallies (source_id TEXT NOT NULL, status TEXT NOT NULL, n BIGINT NOT NULL);
CREATE INDEX content_tallies_key ON content_tallies (source_id, status);

INSERT INTO thread_terms (thread_id, term)
    SELECT t.id, 'c:' || j.value FROM content_threads t, jsonb_array_elements_text(t.category_ids::jsonb) j (value)
    ON CONFLICT DO NOTHING;
INSERT INTO thread_terms (thread_id, term)
    SELECT c.thread_id, 'f:' || j.value FROM contents c, jsonb_array_elements_text(c.category_ids::jsonb) j (value)
    WHERE c.status = 'forwarded' ON CONFLICT DO NOTHING;
INSERT INTO thread_tallies SELECT source_id, marks, folder, COUNT(*) FROM content_threads GROUP BY 1, 2, 3;
INSERT INTO content_tallies SELECT source_id, status, COUNT(*) FROM contents GROUP BY 1, 2;

CREATE FUNCTION tally_thread(of_source TEXT, of_marks BIGINT, of_folder TEXT, change BIGINT) RETURNS VOID AS $$
BEGIN
    INSERT INTO thread_tallies VALUES (of_source, of_marks, of_folder, change);
    IF random() < 0.03 THEN
        -- Rows that another transaction puts together at this moment are left to it.
        WITH gone AS (
            DELETE FROM thread_tallies WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM thread_tallies
                WHERE source_id = of_source AND marks = of_marks AND folder = of_folder FOR UPDATE SKIP LOCKED))
            RETURNING n)
        INSERT INTO thread_tallies
            SELECT of_source, of_marks, of_folder, SUM(n)::BIGINT FROM gone HAVING SUM(n) <> 0;
    END IF;
END $$ LANGUAGE plpgsql;

CREATE FUNCTION tally_content(of_source TEXT, of_status TEXT, change BIGINT) RETURNS VOID AS $$
BEGIN
    INSERT INTO content_tallies VALUES (of_source, of_status, change);
    IF random() < 0.03 THEN
        WITH gone AS (
            DELETE FROM content_tallies WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM content_tallies
                WHERE source_id = of_source AND status = of_status FOR UPDATE SKIP LOCKED))
            RETURNING n)
        INSERT INTO content_tallies SELECT of_source, of_status, SUM(n)::BIGINT FROM gone HAVING SUM(n) <> 0;
    END IF;
END $$ LANGUAGE plpgsql;

CREATE FUNCTION status_mark(status TEXT) RETURNS BIGINT AS $$
    SELECT CASE status WHEN 'new' THEN 1 WHEN 'assigned' THEN 2 WHEN 'replied' THEN 4 WHEN 'user_reply' THEN 8
        WHEN 'user_initiated' THEN 16 WHEN 'ignored' THEN 32 WHEN 'forwarded' THEN 64 ELSE 0 END::BIGINT
$$ LANGUAGE sql IMMUTABLE;

CREATE FUNCTION add_categories(of_thread TEXT, kind TEXT, ids TEXT) RETURNS VOID AS $$
    INSERT INTO thread_terms (thread_id, term)
        SELECT of_thread, kind || value FROM jsonb_array_elements_text(ids::jsonb) j (value) ON CONFLICT DO NOTHING
$$ LANGUAGE sql;

CREATE FUNCTION mark_thread() RETURNS TRIGGER AS $$
BEGIN
    NEW.marks := (NEW.marks & ~512::BIGINT) | CASE WHEN NEW.category_ids <> '[]' THEN 512 ELSE 0 END;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER thread_marked BEFORE INSERT OR UPDATE OF category_ids ON content_threads
    FOR EACH ROW EXECUTE FUNCTION mark_thread();

CREATE FUNCTION note_thread() RETURNS TRIGGER AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM tally_thread(OLD.source_id, OLD.marks, OLD.folder, -1);
    END IF;
    IF TG_OP = 'DELETE' THEN
        DELETE FROM thread_terms WHERE thread_id = OLD.id;
        RETURN NULL;
    END IF;
    PERFORM tally_thread(NEW.source_id, NEW.marks, NEW.folder, 1);
    IF TG_OP = 'INSERT' AND NEW.category_ids <> '[]' THEN
        PERFORM add_categories(NEW.id, 'c:', NEW.category_ids);
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER thread_added AFTER INSERT OR DELETE ON content_threads FOR EACH ROW EXECUTE FUNCTION note_thread();
CREATE TRIGGER thread_moved AFTER UPDATE ON content_threads FOR EACH ROW
    WHEN (OLD.marks <> NEW.marks OR OLD.folder <> NEW.folder OR OLD.source_id <> NEW.source_id)
    EXECUTE FUNCTION note_thread();

CREATE FUNCTION recategorize_thread() RETURNS TRIGGER AS $$
BEGIN
    DELETE FROM thread_terms WHERE thread_id = NEW.id AND starts_with(term, 'c:');
    PERFORM add_categories(NEW.id, 'c:', NEW.category_ids);
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER thread_recategorized AFTER UPDATE OF category_ids ON content_threads FOR EACH ROW
    WHEN (OLD.category_ids <> NEW.category_ids) EXECUTE FUNCTION recategorize_thread();

CREATE FUNCTION note_content() RETURNS TRIGGER AS $$
DECLARE
    gained BIGINT := status_mark(NEW.status) | CASE WHEN NEW.approval_required THEN 128 ELSE 0 END
        | CASE WHEN NEW.published THEN 0 ELSE 256 END;
BEGIN
    PERFORM tally_content(NEW.source_id, NEW.status, 1);
    -- Most contents tell nothing new of their thread: then it is not written.
    UPDATE content_threads SET marks = marks | gained, first_content_at = LEAST(first_content_at, NEW.created_at)
    WHERE id = NEW.thread_id
        AND (marks & gained <> gained OR first_content_at IS NULL OR first_content_at > NEW.created_at);
    IF NEW.language IS NOT NULL THEN
        INSERT INTO thread_terms (thread_id, term) VALUES (NEW.thread_id, 'l:' || LOWER(NEW.language))
            ON CONFLICT DO NOTHING;
    END IF;
    IF NEW.status = 'forwarded' THEN
        PERFORM add_categories(NEW.thread_id, 'f:', NEW.category_ids);
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER content_added AFTER INSERT ON contents FOR EACH ROW EXECUTE FUNCTION note_content();

-- What a thread has, once one of its contents has lost a status or is gone.
CREATE FUNCTION remark_thread(of_thread TEXT, lost TEXT, gained BIGINT) RETURNS VOID AS $$
    UPDATE content_threads SET marks = marks
        & ~CASE WHEN EXISTS (SELECT 1 FROM contents WHERE status = lost AND thread_id = of_thread) THEN 0
            ELSE status_mark(lost) END
        & ~384::BIGINT | gained
        | CASE WHEN EXISTS (SELECT 1 FROM contents WHERE thread_id = of_thread AND approval_required) THEN 128 ELSE 0 END
        | CASE WHEN EXISTS (SELECT 1 FROM contents WHERE thread_id = of_thread AND NOT published) THEN 256 ELSE 0 END
    WHERE id = of_thread
$$ LANGUAGE sql;

CREATE FUNCTION renew_forwards(of_thread TEXT) RETURNS VOID AS $$
    DELETE FROM thread_terms WHERE thread_id = of_thread AND starts_with(term, 'f:');
    INSERT INTO thread_terms (thread_id, term)
        SELECT of_thread, 'f:' || j.value FROM contents c, jsonb_array_elements_text(c.category_ids::jsonb) j (value)
        WHERE c.status = 'forwarded' AND c.thread_id = of_thread ON CONFLICT DO NOTHING
$$ LANGUAGE sql;

CREATE FUNCTION renew_languages(of_thread TEXT) RETURNS VOID AS $$
    DELETE FROM thread_terms WHERE thread_id = of_thread AND starts_with(term, 'l:');
    INSERT INTO thread_terms (thread_id, term)
        SELECT of_thread, 'l:' || LOWER(language) FROM contents
        WHERE thread_id = of_thread AND language IS NOT NULL ON CONFLICT DO NOTHING
$$ LANGUAGE sql;

CREATE FUNCTION note_content_change() RETURNS TRIGGER AS $$
BEGIN
    IF OLD.status <> NEW.status THEN
        PERFORM tally_content(OLD.source_id, OLD.status, -1);
        PERFORM tally_content(NEW.source_id, NEW.status, 1);
    END IF;
    PERFORM remark_thread(NEW.thread_id, OLD.status, status_mark(NEW.status));
    IF OLD.created_at <> NEW.created_at THEN
        UPDATE content_threads
            SET first_content_at = (SELECT MIN(created_at) FROM contents WHERE thread_id = NEW.thread_id)
            WHERE id = NEW.thread_id;
    END IF;
    IF OLD.language IS DISTINCT FROM NEW.language THEN
        PERFORM renew_languages(NEW.thread_id);
    END IF;
    IF OLD.status = 'forwarded' OR NEW.status = 'forwarded' THEN
        PERFORM renew_forwards(NEW.thread_id);
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER content_moved AFTER UPDATE ON contents FOR EACH ROW
    WHEN (OLD.status <> NEW.status OR OLD.approval_required <> NEW.approval_required
        OR OLD.published <> NEW.published OR OLD.created_at <> NEW.created_at OR OLD.language IS DISTINCT FROM NEW.language
        OR (NEW.status = 'forwarded' AND OLD.category_ids <> NEW.category_ids))
    EXECUTE FUNCTION note_content_change();

CREATE FUNCTION forget_content() RETURNS TRIGGER AS $$
BEGIN
    PERFORM tally_content(OLD.source_id, OLD.status, -1);
    PERFORM remark_thread(OLD.thread_id, OLD.status, 0);
    UPDATE content_threads SET first_content_at = (SELECT MIN(created_at) FROM contents WHERE thread_id = OLD.thread_id)
        WHERE id = OLD.thread_id;
    PERFORM renew_languages(OLD.thread_id);
    PERFORM renew_forwards(OLD.thread_id);
    DELETE FROM content_search WHERE content_id = OLD.id;
    IF FOUND THEN
        UPDATE search_state SET epoch = epoch + 1;
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER content_removed AFTER DELETE ON contents FOR EACH ROW EXECUTE FUNCTION forget_content();

CREATE FUNCTION note_case() RETURNS TRIGGER AS $$
DECLARE
    of_thread TEXT := CASE WHEN TG_OP = 'DELETE' THEN OLD.thread_id ELSE NEW.thread_id END;
BEGIN
    UPDATE content_threads SET marks = marks & ~7168::BIGINT
        | CASE WHEN EXISTS (SELECT 1 FROM interventions WHERE thread_id = of_thread) THEN 1024 ELSE 0 END
        | CASE WHEN EXISTS (SELECT 1 FROM interventions WHERE thread_id = of_thread AND status <> 'closed') THEN 2048
            ELSE 0 END
        | CASE WHEN EXISTS (SELECT 1 FROM interventions WHERE thread_id = of_thread AND status = 'open') THEN 4096
            ELSE 0 END
    WHERE id = of_thread;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER case_added AFTER INSERT OR DELETE ON interventions FOR EACH ROW EXECUTE FUNCTION note_case();
CREATE TRIGGER case_moved AFTER UPDATE ON interventions FOR EACH ROW
    WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION note_case();

-- Only the follower of the journal adds entries, so that their numbers grow in the order of commits.
ALTER TABLE content_search ADD COLUMN doc BIGINT GENERATED BY DEFAULT AS IDENTITY;
CREATE UNIQUE INDEX content_search_doc ON content_search (doc);
CREATE INDEX content_search_thread ON content_search (thread_id);
