-- How many interventions have the same source, user and state; how many threads have a term, or a case of a user (`u:`).
-- Their sums are counts of lists.
CREATE TABLE intervention_tallies (
    source_id TEXT NOT NULL, user_id TEXT NOT NULL, status TEXT NOT NULL, reopened BOOLEAN NOT NULL, n BIGINT NOT NULL,
    PRIMARY KEY (user_id, source_id, status, reopened)
) WITHOUT ROWID;
INSERT INTO intervention_tallies
    SELECT source_id, user_id, status, reopened, COUNT(*) FROM interventions GROUP BY 1, 2, 3, 4;
CREATE TRIGGER case_tallied AFTER INSERT ON interventions BEGIN
    INSERT INTO intervention_tallies VALUES (NEW.source_id, NEW.user_id, NEW.status, NEW.reopened, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER case_retallied AFTER UPDATE OF source_id, user_id, status, reopened ON interventions
WHEN OLD.source_id <> NEW.source_id OR OLD.user_id <> NEW.user_id OR OLD.status <> NEW.status
    OR OLD.reopened <> NEW.reopened BEGIN
    INSERT INTO intervention_tallies VALUES (OLD.source_id, OLD.user_id, OLD.status, OLD.reopened, -1)
        ON CONFLICT DO UPDATE SET n = n - 1;
    INSERT INTO intervention_tallies VALUES (NEW.source_id, NEW.user_id, NEW.status, NEW.reopened, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER case_untallied AFTER DELETE ON interventions BEGIN
    INSERT INTO intervention_tallies VALUES (OLD.source_id, OLD.user_id, OLD.status, OLD.reopened, -1)
        ON CONFLICT DO UPDATE SET n = n - 1;
END;

CREATE TABLE term_tallies (term TEXT PRIMARY KEY, n BIGINT NOT NULL) WITHOUT ROWID;
INSERT INTO term_tallies SELECT term, COUNT(*) FROM thread_terms GROUP BY term;
INSERT INTO term_tallies SELECT 'u:' || user_id, COUNT(DISTINCT thread_id) FROM interventions GROUP BY user_id;
CREATE TRIGGER term_tallied AFTER INSERT ON thread_terms BEGIN
    INSERT INTO term_tallies VALUES (NEW.term, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER term_untallied AFTER DELETE ON thread_terms BEGIN
    INSERT INTO term_tallies VALUES (OLD.term, -1) ON CONFLICT DO UPDATE SET n = n - 1;
END;
CREATE TRIGGER case_of_user AFTER INSERT ON interventions BEGIN
    INSERT INTO term_tallies SELECT 'u:' || NEW.user_id, 1 WHERE NOT EXISTS (
        SELECT 1 FROM interventions WHERE thread_id = NEW.thread_id AND +user_id = NEW.user_id AND id <> NEW.id)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER case_of_another AFTER UPDATE OF user_id ON interventions WHEN OLD.user_id <> NEW.user_id BEGIN
    INSERT INTO term_tallies SELECT 'u:' || OLD.user_id, -1 WHERE NOT EXISTS (
        SELECT 1 FROM interventions WHERE thread_id = NEW.thread_id AND +user_id = OLD.user_id)
        ON CONFLICT DO UPDATE SET n = n - 1;
    INSERT INTO term_tallies SELECT 'u:' || NEW.user_id, 1 WHERE NOT EXISTS (
        SELECT 1 FROM interventions WHERE thread_id = NEW.thread_id AND +user_id = NEW.user_id AND id <> NEW.id)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER case_of_none AFTER DELETE ON interventions BEGIN
    INSERT INTO term_tallies SELECT 'u:' || OLD.user_id, -1 WHERE NOT EXISTS (
        SELECT 1 FROM interventions WHERE thread_id = OLD.thread_id AND +user_id = OLD.user_id)
        ON CONFLICT DO UPDATE SET n = n - 1;
END;
