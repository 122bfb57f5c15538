-- Files stand in the order in which their author put them, however long each took to come.
ALTER TABLE attachments ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
