INSERT INTO journal_timeline (id, timeline) VALUES (1, SUBSTR(MD5(CAST(gen_random_uuid() AS TEXT)), 1, 16));
