INSERT INTO journal_timeline (id, timeline) VALUES (1, LOWER(HEX(RANDOMBLOB(8))));
