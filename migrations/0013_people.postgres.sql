-- How many identities each community has: a sum of rows, as in 0006.
CREATE TABLE identity_tallies (community_id TEXT NOT NULL, n BIGINT NOT NULL);
CREATE INDEX identity_tallies_key ON identity_tallies (community_id);
INSERT INTO identity_tallies SELECT community_id, COUNT(*) FROM identities GROUP BY 1;

CREATE FUNCTION tally_identity() RETURNS TRIGGER AS $$
DECLARE
    of_community TEXT := CASE TG_OP WHEN 'INSERT' THEN NEW.community_id ELSE OLD.community_id END;
BEGIN
    INSERT INTO identity_tallies VALUES (of_community, CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END);
    IF random() < 0.03 THEN
        WITH gone AS (
            DELETE FROM identity_tallies WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM identity_tallies WHERE community_id = of_community FOR UPDATE SKIP LOCKED))
            RETURNING n)
        INSERT INTO identity_tallies SELECT of_community, SUM(n)::BIGINT FROM gone HAVING SUM(n) <> 0;
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER identity_tallied AFTER INSERT OR DELETE ON identities FOR EACH ROW EXECUTE FUNCTION tally_identity();
