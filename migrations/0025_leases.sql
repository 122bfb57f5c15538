-- Who is at a delivery or an export. What comes from another process counts for nothing, and a process that starts
-- again takes up at once what the one before it was at.
ALTER TABLE webhook_deliveries ADD COLUMN leased_by TEXT;
ALTER TABLE content_exports ADD COLUMN leased_by TEXT;
