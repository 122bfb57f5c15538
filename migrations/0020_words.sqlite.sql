-- Words are cut by the server alone: whatever is not ASCII is a part of them, and what is parts them.
DROP TABLE content_words;
CREATE VIRTUAL TABLE content_words USING fts5 (title, body, content = '', contentless_delete = 1, tokenize = 'ascii');
INSERT INTO content_words (content_words, rank) VALUES ('rank', 'bm25(5.0, 1.0)');
DELETE FROM content_search;

-- What people say has no U+0000 any more, as on PostgreSQL.
UPDATE contents SET body = REPLACE(body, CHAR(0), '') WHERE INSTR(body, CHAR(0)) > 0;
UPDATE contents SET title = REPLACE(title, CHAR(0), '') WHERE INSTR(title, CHAR(0)) > 0;
UPDATE contents SET html = REPLACE(html, CHAR(0), '') WHERE INSTR(html, CHAR(0)) > 0;
UPDATE content_threads SET title = REPLACE(title, CHAR(0), '') WHERE INSTR(title, CHAR(0)) > 0;
