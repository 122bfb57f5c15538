-- Customers are found by parts of what is known of them: the parts of each one's words, and which customer an entry is.
-- A later change has a greater number. The parts stand in no text: the server folds them.
CREATE TABLE people_search (
    doc BIGINT PRIMARY KEY,
    identity_id TEXT NOT NULL UNIQUE,
    changed_at BIGINT NOT NULL,
    parts TSVECTOR NOT NULL
);
CREATE INDEX people_search_parts ON people_search USING GIN (parts);

-- Whose entry is not yet as they are: whoever searches looks at these themselves.
CREATE TABLE people_changed (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, identity_id TEXT NOT NULL);
INSERT INTO people_changed (identity_id) SELECT id FROM identities WHERE NOT controlled ORDER BY updated_at, id;

CREATE FUNCTION note_person() RETURNS TRIGGER AS $$
BEGIN
    INSERT INTO people_changed (identity_id) VALUES (NEW.id);
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER person_added AFTER INSERT ON identities FOR EACH ROW
    WHEN (NOT NEW.controlled) EXECUTE FUNCTION note_person();
CREATE TRIGGER person_changed AFTER UPDATE ON identities FOR EACH ROW EXECUTE FUNCTION note_person();

CREATE FUNCTION forget_person() RETURNS TRIGGER AS $$
BEGIN
    DELETE FROM people_search WHERE identity_id = OLD.id;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER person_removed AFTER DELETE ON identities FOR EACH ROW EXECUTE FUNCTION forget_person();

CREATE FUNCTION note_people() RETURNS TRIGGER AS $$
BEGIN
    INSERT INTO people_changed (identity_id) SELECT id FROM identities WHERE identity_group_id = NEW.id;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER group_changed AFTER UPDATE OF firstname, lastname, company, emails, home_phones, mobile_phones
    ON identity_groups FOR EACH ROW EXECUTE FUNCTION note_people();

-- The communities of a person's identities, in order, parted by spaces: nobody sees a person who has none. And how many
-- persons have the same: their sums are the counts of lists. Rows are only added, and now and then some are put together.
ALTER TABLE identity_groups ADD COLUMN communities TEXT NOT NULL DEFAULT '';
UPDATE identity_groups SET communities = of_group.communities FROM (
    SELECT identity_group_id, string_agg(DISTINCT community_id, ' ' ORDER BY community_id) AS communities
    FROM identities WHERE identity_group_id IS NOT NULL GROUP BY 1) AS of_group WHERE id = identity_group_id;
CREATE TABLE group_tallies (communities TEXT NOT NULL, n BIGINT NOT NULL);
CREATE INDEX group_tallies_key ON group_tallies (communities);
INSERT INTO group_tallies SELECT communities, COUNT(*) FROM identity_groups GROUP BY 1;
CREATE INDEX identity_groups_updated ON identity_groups (updated_at, id);
CREATE INDEX identity_groups_firstname ON identity_groups (firstname, created_at, id, communities);
CREATE INDEX identity_groups_lastname ON identity_groups (lastname, created_at, id, communities);

CREATE FUNCTION tally_group(of_communities TEXT, change BIGINT) RETURNS VOID AS $$
BEGIN
    INSERT INTO group_tallies VALUES (of_communities, change);
    IF random() < 0.03 THEN
        WITH gone AS (
            DELETE FROM group_tallies WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM group_tallies WHERE communities = of_communities FOR UPDATE SKIP LOCKED))
            RETURNING n)
        INSERT INTO group_tallies SELECT of_communities, SUM(n)::BIGINT FROM gone HAVING SUM(n) <> 0;
    END IF;
END $$ LANGUAGE plpgsql;
CREATE FUNCTION note_group() RETURNS TRIGGER AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM tally_group(OLD.communities, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM tally_group(NEW.communities, 1);
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER group_added AFTER INSERT OR DELETE ON identity_groups FOR EACH ROW EXECUTE FUNCTION note_group();
CREATE TRIGGER group_moved AFTER UPDATE OF communities ON identity_groups FOR EACH ROW
    WHEN (OLD.communities <> NEW.communities) EXECUTE FUNCTION note_group();

CREATE FUNCTION note_member() RETURNS TRIGGER AS $$
BEGIN
    UPDATE identity_groups SET communities = COALESCE((
        SELECT string_agg(DISTINCT community_id, ' ' ORDER BY community_id) FROM identities
        WHERE identity_group_id = identity_groups.id), '')
    WHERE id IN (CASE TG_OP WHEN 'INSERT' THEN NULL ELSE OLD.identity_group_id END,
        CASE TG_OP WHEN 'DELETE' THEN NULL ELSE NEW.identity_group_id END);
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER person_joins AFTER INSERT ON identities FOR EACH ROW
    WHEN (NEW.identity_group_id IS NOT NULL) EXECUTE FUNCTION note_member();
CREATE TRIGGER person_moves AFTER UPDATE OF identity_group_id ON identities FOR EACH ROW
    WHEN (OLD.identity_group_id IS DISTINCT FROM NEW.identity_group_id) EXECUTE FUNCTION note_member();
CREATE TRIGGER person_goes AFTER DELETE ON identities FOR EACH ROW
    WHEN (OLD.identity_group_id IS NOT NULL) EXECUTE FUNCTION note_member();
