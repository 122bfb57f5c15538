-- The threads that wait, by their first words: who waits longest is among those that began first.
CREATE INDEX threads_waiting_first ON content_threads (first_content_at, id) WHERE folder = 'new';
