-- Since when a webhook is told of events, also of those that wait while it is off; none for one that was never on.
ALTER TABLE webhooks ADD COLUMN listens_since BIGINT;
UPDATE webhooks SET listens_since = created_at
    WHERE active OR status_reason IS NOT NULL OR recent_results <> ''
        OR EXISTS (SELECT 1 FROM webhook_deliveries WHERE webhook_id = webhooks.id);

-- What is parked is kept for a time only.
CREATE INDEX deliveries_parked ON webhook_deliveries (updated_at) WHERE state = 'parked';

-- The company's own identities: replies to a third party are written as one that it knows.
CREATE INDEX identities_controlled ON identities (community_id, created_at) WHERE controlled;

-- Bots follow the journal of their sources.
UPDATE roles SET permissions = REPLACE(permissions, ']', ',"read_event"]')
    WHERE label = 'Bot' AND permissions <> '[]' AND permissions NOT LIKE '%"read_event"%';
