-- What a list had before its source was connected, and does not say when it was written: it stays where it is, however often
-- it is listed.
CREATE TABLE passed_over (
    source_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    foreign_id TEXT NOT NULL,
    PRIMARY KEY (source_id, kind, foreign_id)
);
