-- How many bytes of files a visitor or a network has sent in the time that began with the first of them.
CREATE TABLE upload_counts (
    holder TEXT PRIMARY KEY,
    bytes BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX upload_counts_ends ON upload_counts (ends_at);
