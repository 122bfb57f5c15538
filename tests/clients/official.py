"""Reads and writes with the official Python client; prints what came of it as JSON."""

import json
import os

from ringcentral_engage_digital import RestClient

client = RestClient(os.environ["HUBBUB_TOKEN"], os.environ["HUBBUB_URL"])

thread = client.get("/1.0/content_threads").json()["records"][0]
tag = client.post("/1.0/tags", json={"name": "from Python"}).json()
contents = client.get("/1.0/contents", params={"q": "thread:" + thread["id"]}).json()["records"]
reply = client.post(
    "/1.0/contents",
    data={"in_reply_to_id": contents[0]["id"], "body": "Answered by a program in Python"},
).json()
renamed = client.put("/1.0/tags/" + tag["id"], params={"name": "renamed from Python"}).json()
client.delete("/1.0/tags/" + tag["id"])
try:
    client.get("/1.0/tags/" + tag["id"])
    gone = False
except Exception as error:  # the client raises this very class
    gone = "404" in str(error)
print(json.dumps({"thread": thread["id"], "tag": tag, "reply": reply, "renamed": renamed, "gone": gone}))
