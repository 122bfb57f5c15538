-- Since when a webhook is told of events, also of those that wait while it is off; none for one that was never on.
ALTER TABLE webhooks ADD COLUMN listens_since BIGINT;
UPDATE webhooks SET listens_since = created_at;

-- The company's own identities: replies to a third party are written as one that it knows.
CREATE INDEX identities_controlled ON identities (community_id, created_at) WHERE controlled;

-- Bots follow the journal of their sources.
UPDATE roles SET permissions = REPLACE(permissions, ']', ',"read_event"]')
    WHERE label = 'Bot' AND permissions <> '[]' AND permissions NOT LIKE '%"read_event"%';
