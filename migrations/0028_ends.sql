-- Which exports end too late is looked for again and again.
CREATE INDEX exports_expiry ON content_exports (expires_at) WHERE state = 'pending';
