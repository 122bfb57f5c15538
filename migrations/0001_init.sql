-- The first schema. Ids are 24 hex digits, times are milliseconds since 1970, lists and maps are JSON text.

CREATE TABLE journal_head (id BIGINT PRIMARY KEY, position BIGINT NOT NULL);
INSERT INTO journal_head (id, position) VALUES (1, 0);

CREATE TABLE journal (
    position BIGINT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    user_id TEXT,
    source_id TEXT,
    thread_id TEXT,
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    metadata TEXT NOT NULL
);
CREATE INDEX journal_thread ON journal (thread_id, position);
CREATE INDEX journal_issued_at ON journal (issued_at);

CREATE TABLE cursors (follower TEXT PRIMARY KEY, position BIGINT NOT NULL);

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE roles (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL UNIQUE,
    permissions TEXT NOT NULL,
    source_permissions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    firstname TEXT NOT NULL,
    lastname TEXT NOT NULL,
    nickname TEXT,
    gender TEXT,
    external_id TEXT UNIQUE,
    locale TEXT NOT NULL,
    timezone TEXT,
    role_id TEXT NOT NULL REFERENCES roles (id),
    enabled BOOLEAN NOT NULL,
    password_hash TEXT,
    no_password BOOLEAN NOT NULL,
    invitation_pending BOOLEAN NOT NULL,
    bot BOOLEAN NOT NULL,
    category_ids TEXT NOT NULL,
    identity_ids TEXT NOT NULL,
    spoken_languages TEXT NOT NULL,
    -- A removed user stays as a nameless row, because contents and interventions keep pointing at it.
    deleted_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX users_created ON users (created_at, id);

CREATE TABLE teams (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    leader_ids TEXT NOT NULL,
    user_ids TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE source_permissions (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source_id TEXT NOT NULL,
    permissions TEXT NOT NULL,
    PRIMARY KEY (user_id, source_id)
);

CREATE TABLE access_tokens (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE invitations (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX invitations_user ON invitations (user_id);

CREATE TABLE communities (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    signed_identities TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE jwt_keys (
    id TEXT PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    key_id TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (community_id, key_id)
);

CREATE TABLE channels (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE content_sources (
    id TEXT PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES communities (id),
    channel_id TEXT REFERENCES channels (id),
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    token TEXT NOT NULL UNIQUE,
    secret TEXT,
    endpoint_url TEXT,
    identity_id TEXT,
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE identity_groups (
    id TEXT PRIMARY KEY,
    firstname TEXT,
    lastname TEXT,
    company TEXT,
    gender TEXT,
    avatar_url TEXT,
    notes TEXT,
    emails TEXT NOT NULL,
    home_phones TEXT NOT NULL,
    mobile_phones TEXT NOT NULL,
    tag_ids TEXT NOT NULL,
    custom_field_values TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX identity_groups_created ON identity_groups (created_at, id);

CREATE TABLE identities (
    id TEXT PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES communities (id),
    identity_group_id TEXT REFERENCES identity_groups (id),
    kind TEXT NOT NULL,
    foreign_id TEXT NOT NULL,
    uuid TEXT,
    screenname TEXT,
    firstname TEXT,
    lastname TEXT,
    company TEXT,
    email TEXT,
    gender TEXT,
    home_phone TEXT,
    mobile_phone TEXT,
    avatar_url TEXT,
    extra_values TEXT NOT NULL,
    user_ids TEXT NOT NULL,
    controlled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (community_id, foreign_id)
);
CREATE INDEX identities_group ON identities (identity_group_id);
CREATE INDEX identities_uuid ON identities (uuid);
CREATE INDEX identities_created ON identities (created_at, id);
CREATE INDEX identities_updated ON identities (updated_at, id);
CREATE INDEX identities_community ON identities (community_id, created_at);

CREATE TABLE visitors (
    token_hash TEXT PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES content_sources (id) ON DELETE CASCADE,
    identity_id TEXT NOT NULL REFERENCES identities (id),
    signed_until BIGINT,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX visitors_identity ON visitors (identity_id);

CREATE TABLE content_threads (
    id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES content_sources (id),
    foreign_id TEXT,
    title TEXT,
    closed BOOLEAN NOT NULL,
    text_input_disabled BOOLEAN NOT NULL,
    private BOOLEAN NOT NULL,
    category_ids TEXT NOT NULL,
    thread_category_ids TEXT NOT NULL,
    extra_data TEXT NOT NULL,
    contents_count BIGINT NOT NULL,
    interventions_count BIGINT NOT NULL,
    identity_id TEXT,
    last_content_id TEXT,
    last_content_at BIGINT NOT NULL,
    new_contents_count BIGINT NOT NULL,
    open_interventions_count BIGINT NOT NULL,
    assigned_user_id TEXT,
    folder TEXT NOT NULL,
    agent_read_at BIGINT NOT NULL,
    visitor_unread BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (source_id, foreign_id)
);
CREATE INDEX threads_activity ON content_threads (last_content_at, id);
CREATE INDEX threads_created ON content_threads (created_at, id);
CREATE INDEX threads_source ON content_threads (source_id, last_content_at);
CREATE INDEX threads_folder ON content_threads (folder, last_content_at);
CREATE INDEX threads_assigned ON content_threads (assigned_user_id, folder, last_content_at);
CREATE INDEX threads_identity ON content_threads (identity_id, last_content_at);

CREATE TABLE contents (
    id TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL REFERENCES content_threads (id),
    source_id TEXT NOT NULL,
    foreign_id TEXT,
    author_id TEXT NOT NULL,
    creator_id TEXT,
    in_reply_to_id TEXT,
    in_reply_to_author_id TEXT,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    title TEXT,
    body TEXT NOT NULL,
    html TEXT,
    body_input_format TEXT NOT NULL,
    language TEXT,
    private BOOLEAN NOT NULL,
    published BOOLEAN NOT NULL,
    approval_required BOOLEAN NOT NULL,
    auto_submitted BOOLEAN NOT NULL,
    first_in_thread BOOLEAN NOT NULL,
    remotely_deleted BOOLEAN NOT NULL,
    created_from TEXT NOT NULL,
    intervention_id TEXT,
    category_ids TEXT NOT NULL,
    foreign_categories TEXT NOT NULL,
    context_data TEXT NOT NULL,
    structured_content TEXT,
    source_url TEXT,
    sender_name TEXT,
    attachments_count BIGINT NOT NULL,
    synchronization_status TEXT,
    synchronization_error TEXT,
    delivered_at BIGINT,
    read_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Messages, private messages and threads of a third party each count for themselves.
    UNIQUE (source_id, kind, foreign_id)
);
CREATE INDEX contents_thread ON contents (thread_id, id);
CREATE INDEX contents_author ON contents (author_id, thread_id);
CREATE INDEX contents_created ON contents (created_at, id);
CREATE INDEX contents_intervention ON contents (intervention_id);
CREATE INDEX contents_status ON contents (status, thread_id);

CREATE TABLE interventions (
    id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    thread_id TEXT NOT NULL REFERENCES content_threads (id),
    content_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    status TEXT NOT NULL,
    reopened BOOLEAN NOT NULL,
    closed_at BIGINT,
    deferred_at BIGINT,
    category_ids TEXT NOT NULL,
    custom_fields TEXT NOT NULL,
    comments_count BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    user_replies_count BIGINT NOT NULL,
    first_user_reply_id TEXT,
    first_user_reply_in BIGINT,
    last_user_reply_in BIGINT,
    user_reply_in_total BIGINT NOT NULL,
    user_reply_in_count BIGINT NOT NULL,
    waiting_since BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- Two agents who engage at once: the database lets one of them through.
CREATE UNIQUE INDEX interventions_open ON interventions (thread_id, identity_id) WHERE status <> 'closed';
CREATE INDEX interventions_thread ON interventions (thread_id);
CREATE INDEX interventions_user ON interventions (user_id, status);
CREATE INDEX interventions_identity ON interventions (identity_id);
CREATE INDEX interventions_created ON interventions (created_at, id);
CREATE INDEX interventions_deferred ON interventions (deferred_at) WHERE status = 'deferred';

CREATE TABLE intervention_comments (
    id TEXT PRIMARY KEY,
    intervention_id TEXT NOT NULL REFERENCES interventions (id) ON DELETE CASCADE,
    thread_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX comments_intervention ON intervention_comments (intervention_id, created_at);
CREATE INDEX comments_thread ON intervention_comments (thread_id, created_at);
CREATE INDEX comments_created ON intervention_comments (created_at, id);

CREATE TABLE attachments (
    id TEXT PRIMARY KEY,
    content_id TEXT,
    source_id TEXT,
    uploader TEXT NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    embed BOOLEAN NOT NULL,
    private BOOLEAN NOT NULL,
    foreign_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX attachments_content ON attachments (content_id);
CREATE INDEX attachments_created ON attachments (created_at, id);

CREATE TABLE categories (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    parent_id TEXT REFERENCES categories (id),
    color BIGINT NOT NULL,
    mandatory BOOLEAN NOT NULL,
    multiple BOOLEAN NOT NULL,
    post_qualification BOOLEAN NOT NULL,
    unselectable BOOLEAN NOT NULL,
    source_ids TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX categories_parent ON categories (parent_id);

CREATE TABLE tags (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    access_token_id TEXT,
    user_id TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    staging_use BOOLEAN NOT NULL,
    ignore_ssl BOOLEAN NOT NULL,
    verify_token TEXT,
    secret TEXT,
    registered_events TEXT NOT NULL,
    sources_strategy TEXT NOT NULL,
    source_ids TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT,
    recent_results TEXT NOT NULL,
    suspended_until BIGINT,
    suspensions BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX webhooks_url ON webhooks (COALESCE(access_token_id, user_id), url);

-- A delivery is one request: some events of one thread, in order, for one webhook. Of those that wait under one
-- order_key only the first is ready; the next one becomes ready when that is delivered or parked.
CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    order_key TEXT NOT NULL,
    first_position BIGINT NOT NULL,
    positions TEXT NOT NULL,
    state TEXT NOT NULL,
    ready BOOLEAN NOT NULL,
    attempts_count BIGINT NOT NULL,
    retry BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    leased_until BIGINT,
    expires_at BIGINT NOT NULL,
    delivered_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at, first_position)
    WHERE state = 'pending' AND ready;
CREATE INDEX deliveries_leased ON webhook_deliveries (webhook_id, leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX deliveries_order ON webhook_deliveries (webhook_id, order_key, first_position) WHERE state = 'pending';
CREATE INDEX deliveries_expiry ON webhook_deliveries (expires_at) WHERE state = 'pending';
CREATE INDEX deliveries_delivered ON webhook_deliveries (delivered_at) WHERE state = 'delivered';
CREATE INDEX deliveries_state ON webhook_deliveries (webhook_id, state, created_at);
CREATE INDEX deliveries_list ON webhook_deliveries (webhook_id, created_at);

CREATE TABLE webhook_attempts (
    delivery_id TEXT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    status_code BIGINT,
    error TEXT,
    duration_ms BIGINT NOT NULL,
    response TEXT,
    PRIMARY KEY (delivery_id, number)
);

-- An export hands one content of an agent to its source. Its id is the content's id.
CREATE TABLE content_exports (
    content_id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts_count BIGINT NOT NULL,
    failures_count BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX exports_due ON content_exports (source_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX exports_order ON content_exports (thread_id, created_at, content_id) WHERE state = 'pending';
