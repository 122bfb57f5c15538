"""Copies every conversation of a stopped server until there are as many as wanted: FILE COUNT.

Ten thousand conversations by the API take a debug build half a minute, and this no time. The copies get ids and times
of their own, each a second older than the one before.
"""

import sqlite3
import sys

path, wanted = sys.argv[1], int(sys.argv[2])
db = sqlite3.connect(path)
db.row_factory = sqlite3.Row
SECOND = 1000
TIMES = ("created_at", "updated_at", "last_content_at", "waiting_since")


def insert(table, row):
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def older(row, seconds):
    return {name: value - seconds * SECOND if name in TIMES and value else value for name, value in row.items()}


threads = [dict(row) for row in db.execute("SELECT * FROM content_threads ORDER BY id")]
contents = {row["thread_id"]: dict(row) for row in db.execute("SELECT * FROM contents")}
oldest = min(row["last_content_at"] for row in threads)
for number in range(wanted - len(threads)):
    thread = threads[number % len(threads)]
    content = contents[thread["id"]]
    ids = {"thread": f"0{number:023x}", "content": f"1{number:023x}"}
    moved = (thread["last_content_at"] - oldest) // SECOND + number + 1
    own = {"id": ids["thread"], "last_content_id": ids["content"], "foreign_id": None}
    insert("content_threads", older(thread, moved) | own)
    own = {"id": ids["content"], "thread_id": ids["thread"], "foreign_id": None}
    insert("contents", older(content, moved) | own)
db.commit()
