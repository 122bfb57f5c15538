-- Whose mail somebody of the company has passed on to a mailbox.
ALTER TABLE mails ADD COLUMN forwarded_from TEXT;
