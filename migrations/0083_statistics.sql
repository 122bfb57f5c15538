-- Figures, made from the journal by the follower `statistics` (docs/figures.md).

-- What a customer came with, from the first word until somebody is done with it. `seen_position` is the last entry that
-- changed it: an entry that is read again changes nothing.
CREATE TABLE statistics_rounds (
    begun_position BIGINT PRIMARY KEY,
    source_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    moved_to TEXT,
    identity_id TEXT NOT NULL,
    content_id TEXT NOT NULL,
    waiting TEXT NOT NULL,
    intervention_id TEXT,
    waits_since BIGINT NOT NULL,
    rested_at BIGINT,
    answered_position BIGINT,
    bot_answered_position BIGINT,
    ended_position BIGINT,
    seen_position BIGINT NOT NULL
);
CREATE INDEX statistics_rounds_identity ON statistics_rounds (identity_id, ended_position);
CREATE INDEX statistics_rounds_case ON statistics_rounds (intervention_id) WHERE intervention_id IS NOT NULL;
CREATE INDEX statistics_rounds_thread ON statistics_rounds (thread_id) WHERE ended_position IS NULL;
CREATE INDEX statistics_rounds_moved ON statistics_rounds (moved_to) WHERE moved_to IS NOT NULL;
CREATE INDEX statistics_rounds_ended ON statistics_rounds (ended_position) WHERE ended_position IS NOT NULL;

-- One thing that counts.
CREATE TABLE statistics_facts (
    id TEXT PRIMARY KEY,
    metric TEXT NOT NULL,
    at BIGINT NOT NULL,
    source_id TEXT NOT NULL,
    agent_id TEXT,
    bot BOOLEAN NOT NULL,
    value BIGINT NOT NULL,
    value_bh BIGINT NOT NULL,
    thread_id TEXT NOT NULL,
    intervention_id TEXT,
    content_id TEXT,
    from_position BIGINT NOT NULL,
    to_position BIGINT NOT NULL,
    withdrawn_position BIGINT
);
CREATE INDEX statistics_facts_at ON statistics_facts (metric, at, id) WHERE withdrawn_position IS NULL;
CREATE INDEX statistics_facts_source ON statistics_facts (source_id, metric, at, id) WHERE withdrawn_position IS NULL;
CREATE INDEX statistics_facts_agent ON statistics_facts (agent_id, metric, at, id) WHERE withdrawn_position IS NULL;
CREATE INDEX statistics_facts_case ON statistics_facts (intervention_id) WHERE intervention_id IS NOT NULL;
CREATE INDEX statistics_facts_from ON statistics_facts (from_position);

-- Facts of each quarter of an hour: `who` is a user, or empty for all people together.
CREATE TABLE statistics_quarters (
    quarter BIGINT NOT NULL,
    metric TEXT NOT NULL,
    source_id TEXT NOT NULL,
    who TEXT NOT NULL,
    n BIGINT NOT NULL,
    total BIGINT NOT NULL,
    total_bh BIGINT NOT NULL,
    PRIMARY KEY (quarter, metric, source_id, who)
);
CREATE INDEX statistics_quarters_who ON statistics_quarters (who, quarter);
-- How the times in business hours of those quarters spread, where times are measured.
CREATE TABLE statistics_spreads (
    quarter BIGINT NOT NULL,
    metric TEXT NOT NULL,
    source_id TEXT NOT NULL,
    who TEXT NOT NULL,
    bucket BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (quarter, metric, source_id, who, bucket)
);
CREATE INDEX statistics_spreads_who ON statistics_spreads (who, quarter);

-- The business hours of a source from an entry of the journal on, as they were then.
CREATE TABLE statistics_hours (
    source_id TEXT NOT NULL,
    from_position BIGINT NOT NULL,
    hours TEXT NOT NULL,
    PRIMARY KEY (source_id, from_position)
);
