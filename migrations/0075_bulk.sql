-- What was done to several threads at once is taken back thread by thread.
ALTER TABLE act_threads ADD COLUMN undone_at BIGINT;
