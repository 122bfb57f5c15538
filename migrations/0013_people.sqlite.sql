-- How many identities each community has.
CREATE TABLE identity_tallies (community_id TEXT PRIMARY KEY, n BIGINT NOT NULL) WITHOUT ROWID;
INSERT INTO identity_tallies SELECT community_id, COUNT(*) FROM identities GROUP BY 1;

CREATE TRIGGER identity_added AFTER INSERT ON identities BEGIN
    INSERT INTO identity_tallies VALUES (NEW.community_id, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER identity_removed AFTER DELETE ON identities BEGIN
    UPDATE identity_tallies SET n = n - 1 WHERE community_id = OLD.community_id;
END;
