-- Files stand in the order in which their author put them, however long each took to come.
ALTER TABLE attachments ADD COLUMN place BIGINT NOT NULL DEFAULT 0;

-- Who made an invitation has it: it opens no more than they may do.
ALTER TABLE invitations ADD COLUMN giver_id TEXT;
