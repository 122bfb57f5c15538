-- How many interventions have the same source, user and state; how many threads have a term, or a case of a user (`u:`).
-- Their sums are counts of lists. Rows are only added, and now and then some are put together, as with the tallies of threads.
CREATE TABLE intervention_tallies (
    source_id TEXT NOT NULL, user_id TEXT NOT NULL, status TEXT NOT NULL, reopened BOOLEAN NOT NULL, n BIGINT NOT NULL
);
CREATE INDEX intervention_tallies_key ON intervention_tallies (user_id, source_id, status, reopened);
INSERT INTO intervention_tallies
    SELECT source_id, user_id, status, reopened, COUNT(*) FROM interventions GROUP BY 1, 2, 3, 4;
CREATE TABLE term_tallies (term TEXT NOT NULL, n BIGINT NOT NULL);
CREATE INDEX term_tallies_key ON term_tallies (term);
INSERT INTO term_tallies SELECT term, COUNT(*) FROM thread_terms GROUP BY term;
INSERT INTO term_tallies SELECT 'u:' || user_id, COUNT(DISTINCT thread_id) FROM interventions GROUP BY user_id;

CREATE FUNCTION tally_case(of_source TEXT, of_user TEXT, of_status TEXT, of_reopened BOOLEAN, change BIGINT)
RETURNS VOID AS $$
BEGIN
    INSERT INTO intervention_tallies VALUES (of_source, of_user, of_status, of_reopened, change);
    IF random() < 0.03 THEN
        WITH gone AS (
            DELETE FROM intervention_tallies WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM intervention_tallies
                WHERE user_id = of_user AND source_id = of_source AND status = of_status AND reopened = of_reopened
                FOR UPDATE SKIP LOCKED))
            RETURNING n)
        INSERT INTO intervention_tallies
            SELECT of_source, of_user, of_status, of_reopened, SUM(n)::BIGINT FROM gone HAVING SUM(n) <> 0;
    END IF;
END $$ LANGUAGE plpgsql;

CREATE FUNCTION tally_term(of_term TEXT, change BIGINT) RETURNS VOID AS $$
BEGIN
    INSERT INTO term_tallies VALUES (of_term, change);
    IF random() < 0.03 THEN
        WITH gone AS (
            DELETE FROM term_tallies WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM term_tallies WHERE term = of_term FOR UPDATE SKIP LOCKED))
            RETURNING n)
        INSERT INTO term_tallies SELECT of_term, SUM(n)::BIGINT FROM gone HAVING SUM(n) <> 0;
    END IF;
END $$ LANGUAGE plpgsql;

CREATE FUNCTION tally_cases() RETURNS TRIGGER AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM tally_case(OLD.source_id, OLD.user_id, OLD.status, OLD.reopened, -1);
        IF NOT EXISTS (SELECT 1 FROM interventions WHERE thread_id = OLD.thread_id AND user_id = OLD.user_id) THEN
            PERFORM tally_term('u:' || OLD.user_id, -1);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM tally_case(NEW.source_id, NEW.user_id, NEW.status, NEW.reopened, 1);
        IF NOT EXISTS (SELECT 1 FROM interventions
            WHERE thread_id = NEW.thread_id AND user_id = NEW.user_id AND id <> NEW.id)
            AND (TG_OP = 'INSERT' OR OLD.user_id <> NEW.user_id) THEN
            PERFORM tally_term('u:' || NEW.user_id, 1);
        END IF;
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER case_tallied AFTER INSERT OR DELETE ON interventions FOR EACH ROW EXECUTE FUNCTION tally_cases();
CREATE TRIGGER case_retallied AFTER UPDATE ON interventions FOR EACH ROW
    WHEN (OLD.source_id <> NEW.source_id OR OLD.user_id <> NEW.user_id OR OLD.status <> NEW.status
        OR OLD.reopened <> NEW.reopened)
    EXECUTE FUNCTION tally_cases();

CREATE FUNCTION tally_terms() RETURNS TRIGGER AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM tally_term(NEW.term, 1);
    ELSE
        PERFORM tally_term(OLD.term, -1);
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER term_tallied AFTER INSERT OR DELETE ON thread_terms FOR EACH ROW EXECUTE FUNCTION tally_terms();
