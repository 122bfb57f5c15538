-- How each agent has their console look.
CREATE TABLE console_profiles (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    dense BOOLEAN NOT NULL,
    narrow_rail BOOLEAN NOT NULL,
    person_hidden BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL
);
