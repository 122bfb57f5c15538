"""Lists the threads with requests."""

import os
import sys

import requests

response = requests.get(
    os.environ["HUBBUB_URL"] + "/1.0/content_threads",
    headers={"Authorization": "Bearer " + os.environ["HUBBUB_TOKEN"]},
    timeout=30,
)
if response.status_code != 200:
    sys.exit(str(response.status_code))
print(response.text)
