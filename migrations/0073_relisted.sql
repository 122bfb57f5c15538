-- A list that begins anew at another address of its source: whether something in it was known before, which says that it is the
-- same list. NULL where it does not begin anew.
ALTER TABLE source_cursors ADD COLUMN recognised BOOLEAN;

-- What was passed over, told from something else that has the same id elsewhere.
ALTER TABLE passed_over ADD COLUMN print TEXT;
