-- Which history the positions of the journal belong to: a restore begins another one. It is not a part of backups.
CREATE TABLE journal_timeline (id BIGINT PRIMARY KEY, timeline TEXT NOT NULL);

-- What a delivery needs of the journal is found by its first position.
CREATE INDEX deliveries_place ON webhook_deliveries (state, first_position);
