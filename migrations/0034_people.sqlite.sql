-- Customers are found by parts of what is known of them: the parts of each one's words, and which customer an entry is.
-- A later change has a greater number. The parts stand in no text: the server folds them.
CREATE TABLE people_search (
    doc INTEGER PRIMARY KEY,
    identity_id TEXT NOT NULL UNIQUE,
    changed_at BIGINT NOT NULL
);
CREATE VIRTUAL TABLE people_parts USING fts5 (
    parts, content = '', contentless_delete = 1, detail = none, prefix = '2', tokenize = 'ascii'
);

-- Whose entry is not yet as they are: whoever searches looks at these themselves.
CREATE TABLE people_changed (seq INTEGER PRIMARY KEY, identity_id TEXT NOT NULL);
INSERT INTO people_changed (identity_id) SELECT id FROM identities WHERE NOT controlled ORDER BY updated_at, id;

CREATE TRIGGER person_added AFTER INSERT ON identities WHEN NOT NEW.controlled BEGIN
    INSERT INTO people_changed (identity_id) VALUES (NEW.id);
END;
CREATE TRIGGER person_changed AFTER UPDATE ON identities BEGIN
    INSERT INTO people_changed (identity_id) VALUES (NEW.id);
END;
CREATE TRIGGER person_removed AFTER DELETE ON identities BEGIN
    DELETE FROM people_parts WHERE rowid = (SELECT doc FROM people_search WHERE identity_id = OLD.id);
    DELETE FROM people_search WHERE identity_id = OLD.id;
END;
CREATE TRIGGER group_changed AFTER UPDATE OF firstname, lastname, company, emails, home_phones, mobile_phones
ON identity_groups BEGIN
    INSERT INTO people_changed (identity_id) SELECT id FROM identities WHERE identity_group_id = NEW.id;
END;

-- The communities of a person's identities, in order, parted by spaces: nobody sees a person who has none. And how many
-- persons have the same: their sums are the counts of lists.
ALTER TABLE identity_groups ADD COLUMN communities TEXT NOT NULL DEFAULT '';
UPDATE identity_groups SET communities = COALESCE((SELECT GROUP_CONCAT(community_id, ' ') FROM (
    SELECT DISTINCT community_id FROM identities WHERE identity_group_id = identity_groups.id ORDER BY 1)), '');
CREATE TABLE group_tallies (communities TEXT PRIMARY KEY, n BIGINT NOT NULL) WITHOUT ROWID;
INSERT INTO group_tallies SELECT communities, COUNT(*) FROM identity_groups GROUP BY 1;
CREATE INDEX identity_groups_updated ON identity_groups (updated_at, id);
CREATE INDEX identity_groups_firstname ON identity_groups (firstname, created_at, id, communities);
CREATE INDEX identity_groups_lastname ON identity_groups (lastname, created_at, id, communities);

CREATE TRIGGER group_added AFTER INSERT ON identity_groups BEGIN
    INSERT INTO group_tallies VALUES (NEW.communities, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER group_moved AFTER UPDATE OF communities ON identity_groups WHEN OLD.communities <> NEW.communities BEGIN
    INSERT INTO group_tallies VALUES (OLD.communities, -1) ON CONFLICT DO UPDATE SET n = n - 1;
    INSERT INTO group_tallies VALUES (NEW.communities, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER group_removed AFTER DELETE ON identity_groups BEGIN
    INSERT INTO group_tallies VALUES (OLD.communities, -1) ON CONFLICT DO UPDATE SET n = n - 1;
END;
CREATE TRIGGER person_joins AFTER INSERT ON identities WHEN NEW.identity_group_id IS NOT NULL BEGIN
    UPDATE identity_groups SET communities = (SELECT GROUP_CONCAT(community_id, ' ') FROM (
        SELECT DISTINCT community_id FROM identities WHERE identity_group_id = identity_groups.id ORDER BY 1))
    WHERE id = NEW.identity_group_id;
END;
CREATE TRIGGER person_moves AFTER UPDATE OF identity_group_id ON identities
WHEN OLD.identity_group_id IS NOT NEW.identity_group_id BEGIN
    UPDATE identity_groups SET communities = COALESCE((SELECT GROUP_CONCAT(community_id, ' ') FROM (
        SELECT DISTINCT community_id FROM identities WHERE identity_group_id = identity_groups.id ORDER BY 1)), '')
    WHERE id IN (OLD.identity_group_id, NEW.identity_group_id);
END;
CREATE TRIGGER person_goes AFTER DELETE ON identities WHEN OLD.identity_group_id IS NOT NULL BEGIN
    UPDATE identity_groups SET communities = COALESCE((SELECT GROUP_CONCAT(community_id, ' ') FROM (
        SELECT DISTINCT community_id FROM identities WHERE identity_group_id = identity_groups.id ORDER BY 1)), '')
    WHERE id = OLD.identity_group_id;
END;
