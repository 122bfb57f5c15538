-- Pictures of agents and bots, which visitors see beside what they say. `body` is the picture in base64.
CREATE TABLE user_pictures (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
