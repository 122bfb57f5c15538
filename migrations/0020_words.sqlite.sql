-- Words are cut by the server alone: whatever is not ASCII is a part of them, and what is parts them.
DROP TABLE content_words;
CREATE VIRTUAL TABLE content_words USING fts5 (title, body, content = '', contentless_delete = 1, tokenize = 'ascii');
INSERT INTO content_words (content_words, rank) VALUES ('rank', 'bm25(5.0, 1.0)');
DELETE FROM content_search;

-- What people say has no U+0000 any more, as on PostgreSQL. REPLACE does not find it in a text, but where it is written
-- as JSON; two backslashes, which are one there, are put aside meanwhile.
UPDATE contents SET body = JSON_EXTRACT(REPLACE(REPLACE(REPLACE(JSON_QUOTE(body), '\\', CHAR(1)), '\u0000', ''), CHAR(1), '\\'), '$')
WHERE INSTR(body, CHAR(0)) > 0;
UPDATE contents SET title = JSON_EXTRACT(REPLACE(REPLACE(REPLACE(JSON_QUOTE(title), '\\', CHAR(1)), '\u0000', ''), CHAR(1), '\\'), '$')
WHERE INSTR(title, CHAR(0)) > 0;
UPDATE contents SET html = JSON_EXTRACT(REPLACE(REPLACE(REPLACE(JSON_QUOTE(html), '\\', CHAR(1)), '\u0000', ''), CHAR(1), '\\'), '$')
WHERE INSTR(html, CHAR(0)) > 0;
UPDATE content_threads SET title = JSON_EXTRACT(REPLACE(REPLACE(REPLACE(JSON_QUOTE(title), '\\', CHAR(1)), '\u0000', ''), CHAR(1), '\\'), '$')
WHERE INSTR(title, CHAR(0)) > 0;
UPDATE intervention_comments SET body = JSON_EXTRACT(REPLACE(REPLACE(REPLACE(JSON_QUOTE(body), '\\', CHAR(1)), '\u0000', ''), CHAR(1), '\\'), '$')
WHERE INSTR(body, CHAR(0)) > 0;
UPDATE identities SET screenname = JSON_EXTRACT(REPLACE(REPLACE(REPLACE(JSON_QUOTE(screenname), '\\', CHAR(1)), '\u0000', ''), CHAR(1), '\\'), '$')
WHERE INSTR(screenname, CHAR(0)) > 0;
UPDATE identities SET firstname = JSON_EXTRACT(REPLACE(REPLACE(REPLACE(JSON_QUOTE(firstname), '\\', CHAR(1)), '\u0000', ''), CHAR(1), '\\'), '$')
WHERE INSTR(firstname, CHAR(0)) > 0;
UPDATE identities SET lastname = JSON_EXTRACT(REPLACE(REPLACE(REPLACE(JSON_QUOTE(lastname), '\\', CHAR(1)), '\u0000', ''), CHAR(1), '\\'), '$')
WHERE INSTR(lastname, CHAR(0)) > 0;
UPDATE identities SET company = JSON_EXTRACT(REPLACE(REPLACE(REPLACE(JSON_QUOTE(company), '\\', CHAR(1)), '\u0000', ''), CHAR(1), '\\'), '$')
WHERE INSTR(company, CHAR(0)) > 0;
