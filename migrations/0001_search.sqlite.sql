CREATE VIRTUAL TABLE content_search USING fts5 (
    content_id UNINDEXED, thread_id UNINDEXED, body, tokenize = 'unicode61 remove_diacritics 2'
);
