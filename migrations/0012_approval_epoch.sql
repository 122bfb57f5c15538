-- The epoch of its thread under which a content that waits for approval was composed; none for those from before.
ALTER TABLE content_approvals ADD COLUMN owner_epoch BIGINT;
