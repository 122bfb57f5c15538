-- The lines of a thread's history: when it was taken, given away, let go, closed, opened again, archived, locked.
CREATE INDEX journal_lines ON journal (thread_id, position) WHERE kind IN (
    'intervention.opened', 'intervention.user_updated', 'intervention.closed', 'intervention.canceled',
    'intervention.reopened', 'content_thread.ignored', 'content.thread_closed', 'content.thread_opened');

-- Nobody can be answered in a locked thread, so nothing waits there.
UPDATE content_threads SET folder = 'closed' WHERE closed AND folder = 'new';
