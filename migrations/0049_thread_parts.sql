-- That a conversation was split, or merged with another one, stands among its lines.
DROP INDEX journal_lines;
CREATE INDEX journal_lines ON journal (thread_id, position) WHERE kind IN (
    'intervention.opened', 'intervention.user_updated', 'intervention.closed', 'intervention.canceled',
    'intervention.reopened', 'content_thread.ignored', 'content.thread_closed', 'content.thread_opened',
    'content.thread_auto_closed', 'chat.queued', 'chat.connected', 'chat.left', 'chat.email_asked', 'chat.email_given',
    'content_thread.split', 'content_thread.merged');
