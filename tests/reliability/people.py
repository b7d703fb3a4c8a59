"""Whom locust lets loose on a site: people who look at their pages, and some of them upload.

`SESSIONS` names a file with a session of each person, `UPLOAD_BYTES` says how much a file has.
"""

import json
import os
from itertools import count
from pathlib import Path

from locust import HttpUser, constant_throughput, task

from tests.reliability.content import content

SESSIONS = json.loads(Path(os.environ["SESSIONS"]).read_text())
SIZE = int(os.environ["UPLOAD_BYTES"])
PIECE = 1 << 20  # bytes in a request
UPLOADERS = 20

CONTENT = content(SIZE)

turns = count()


class Person(HttpUser):
    """Signed in; asks four times a second as long as the site keeps up."""

    wait_time = constant_throughput(4)

    def on_start(self) -> None:
        number = next(turns)
        self.session, self.cards = SESSIONS[number % len(SESSIONS)]
        self.client.cookies.set("sessionid", self.session)
        self.client.cookies.set("csrftoken", "c" * 32)
        self.client.headers.update({"X-CSRFToken": "c" * 32, "Referer": self.host, "Tus-Resumable": "1.0.0"})
        self.offset, self.where = 0, ""
        self.uploads = number < UPLOADERS

    @task(1)
    def dashboard(self) -> None:
        self.client.get("/", name="dashboard")

    @task(6)
    def poll(self) -> None:
        self.client.get(self.cards, name="poll")

    @task(1)
    def upload(self) -> None:
        """A piece of this person's file."""
        if not self.uploads:
            return self.poll()
        if not self.where:
            created = self.client.post("/uploads/", headers={"Upload-Length": str(SIZE)}, name="upload: announce")
            self.where = created.headers["Location"]
        piece = CONTENT[self.offset : self.offset + PIECE]
        headers = {"Upload-Offset": str(self.offset), "Content-Type": "application/offset+octet-stream"}
        answer = self.client.patch(self.where, data=piece, headers=headers, name="upload: 1 MiB")
        self.offset = int(answer.headers["Upload-Offset"])
        if self.offset == SIZE:
            self.offset, self.where = 0, ""
