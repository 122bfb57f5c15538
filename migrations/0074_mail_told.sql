-- Why the last copy of a mail that went out does not lie in the mailbox for those; NULL where it does.
ALTER TABLE source_states ADD COLUMN copy_reason TEXT;

-- What of a mail that came was too large, and was not fetched: names and sizes.
ALTER TABLE mails ADD COLUMN left_out TEXT;
