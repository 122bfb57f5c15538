"""Reads and writes with the client that openapi-python-client has made of the server's document; prints what came of
it as JSON. Every module of the client is imported, so that what does not compile shows."""

import importlib
import json
import os
import pkgutil
from io import BytesIO

import hubbub_client
from hubbub_client import AuthenticatedClient, models
from hubbub_client.api.attachments import attachment_create
from hubbub_client.api.contents import content_create, content_list
from hubbub_client.api.settings import settings_show
from hubbub_client.api.tags import tag_create, tag_delete, tag_list, tag_show, tag_update
from hubbub_client.api.threads import content_thread_list
from hubbub_client.types import File

operations = 0
for module in pkgutil.walk_packages(hubbub_client.__path__, "hubbub_client."):
    operations += hasattr(importlib.import_module(module.name), "sync_detailed")

client = AuthenticatedClient(base_url=os.environ["HUBBUB_URL"], token=os.environ["HUBBUB_TOKEN"])
thread = content_thread_list.sync(client=client, limit=5).records[0]
content = content_list.sync(client=client, q=f"thread:{thread.id}").records[0]
file = attachment_create.sync(
    client=client, body=models.AttachmentCreateBody(file=File(BytesIO(b"a file"), "words.csv", "text/csv"))
)
reply = content_create.sync(
    client=client,
    body=models.ContentCreateBody(in_reply_to_id=content.id, body="From a generated client", attachment_ids=[file.id]),
)
tag = tag_create.sync(client=client, body=models.TagCreateBody(name="generated"))
renamed = tag_update.sync(id=tag.id, client=client, body=models.TagUpdateBody(name="renamed"))
named = [one.name for one in tag_list.sync(client=client).records]
tag_delete.sync(id=tag.id, client=client)
gone = tag_show.sync(id=tag.id, client=client)
print(
    json.dumps(
        {
            "operations": operations,
            "thread": thread.id,
            "file": file.filename,
            "reply": reply.body,
            "renamed": renamed.name,
            "named": named,
            "gone": gone.error,
            "settings": settings_show.sync(client=client).content_languages,
        }
    )
)
