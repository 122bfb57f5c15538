-- A webhook that was removed stays until its deliveries are gone, some at a time; nobody finds it any more.
ALTER TABLE webhooks ADD COLUMN deleted_at BIGINT;

-- What is to be done to many deliveries of a webhook, stretch by stretch, in the order of the numbers: up to which one of
-- a state it is done. The index has them in the order in which they are gone through.
CREATE TABLE webhook_sweeps (
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    act TEXT NOT NULL,
    state TEXT NOT NULL,
    first_position BIGINT NOT NULL,
    last_position BIGINT NOT NULL,
    after_at BIGINT NOT NULL,
    after_position BIGINT NOT NULL,
    after_id TEXT NOT NULL,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (webhook_id, number)
);
DROP INDEX deliveries_state;
CREATE INDEX deliveries_state ON webhook_deliveries (webhook_id, state, created_at, first_position);
