-- Live chats that nobody had when they ended, by the sources in whose lines they were.
CREATE INDEX chat_threads_given_up ON chat_threads (source_id, since) WHERE state = 'ended' AND user_id IS NULL;
