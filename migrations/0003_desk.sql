-- What a desk sets up for itself: its hours, passwords that were used before, ready answers, surveys and signatures.

CREATE TABLE time_sheets (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL UNIQUE,
    active BOOLEAN NOT NULL,
    -- None: the domain's.
    timezone TEXT,
    hours TEXT NOT NULL,
    holidays TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- The hashes of a user's passwords, the newest is the one in use.
CREATE TABLE user_passwords (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX user_passwords_user ON user_passwords (user_id, id);

CREATE TABLE user_signatures (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    name TEXT,
    language TEXT,
    source_ids TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX user_signatures_user ON user_signatures (user_id, created_at);

CREATE TABLE reply_assistant_groups (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    autocomplete BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE reply_assistant_entries (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    foreign_id TEXT,
    entry_group_id TEXT REFERENCES reply_assistant_groups (id) ON DELETE SET NULL,
    category_ids TEXT NOT NULL,
    shortcuts TEXT NOT NULL,
    source_ids TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX reply_assistant_entries_group ON reply_assistant_entries (entry_group_id);

CREATE TABLE reply_assistant_versions (
    id TEXT PRIMARY KEY,
    entry_id TEXT NOT NULL REFERENCES reply_assistant_entries (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    format TEXT NOT NULL,
    language TEXT,
    source_ids TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX reply_assistant_versions_entry ON reply_assistant_versions (entry_id);

CREATE TABLE surveys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    link TEXT NOT NULL,
    from_name TEXT,
    message TEXT NOT NULL,
    instant_send_threshold BIGINT,
    max_time_since_last_reply BIGINT,
    send_delay BIGINT NOT NULL,
    category_ids TEXT NOT NULL,
    team_ids TEXT NOT NULL,
    source_ids TEXT NOT NULL,
    questions TEXT NOT NULL,
    bridge_url TEXT,
    -- Sealed under the server's key.
    secret TEXT NOT NULL,
    verify_secret BOOLEAN NOT NULL,
    polling BOOLEAN NOT NULL,
    realtime BOOLEAN NOT NULL,
    url_parameters TEXT NOT NULL,
    polled_since BIGINT,
    next_poll_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A survey that a customer is asked to answer, once for each intervention. Its key is in the link that is sent.
CREATE TABLE survey_invitations (
    mapping_key TEXT PRIMARY KEY,
    survey_id TEXT NOT NULL REFERENCES surveys (id) ON DELETE CASCADE,
    intervention_id TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (survey_id, intervention_id)
);
CREATE INDEX survey_invitations_due ON survey_invitations (due_at) WHERE state = 'pending';

CREATE TABLE survey_responses (
    id TEXT PRIMARY KEY,
    survey_id TEXT NOT NULL REFERENCES surveys (id) ON DELETE CASCADE,
    intervention_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    foreign_id TEXT NOT NULL,
    main_indicator BIGINT,
    main_indicator_scaled DOUBLE PRECISION,
    questions TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (survey_id, foreign_id)
);
CREATE INDEX survey_responses_intervention ON survey_responses (intervention_id);

ALTER TABLE contents ADD COLUMN custom_score DOUBLE PRECISION;

-- The times of an intervention in business hours, beside those of the clock.
ALTER TABLE interventions ADD COLUMN first_user_reply_in_bh BIGINT;
ALTER TABLE interventions ADD COLUMN last_user_reply_in_bh BIGINT;
ALTER TABLE interventions ADD COLUMN user_reply_in_bh_total BIGINT NOT NULL DEFAULT 0;
