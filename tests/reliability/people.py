"""Whom locust lets loose on a site: people who watch their conversions, and some of them upload.

`SESSIONS` names a file with a session and a job of each person, `POLLS` says how often all of them ask in a second,
`UPLOAD_BYTES` how much a file has.
"""

import json
import os
import random
import time
from itertools import count
from pathlib import Path

import gevent
from locust import FastHttpUser, task

from tests.reliability.content import content

PEOPLE = json.loads(Path(os.environ["SESSIONS"]).read_text())
POLLS = float(os.environ["POLLS"])
SIZE = int(os.environ["UPLOAD_BYTES"])
UPLOADERS = 20
PIECE = 1 << 20  # bytes in a request; each of them sends one a second
PAGES = 5.0  # dashboards in a second
PACE = (POLLS + PAGES) / len(PEOPLE)  # requests of one who watches in a second
COUNTS = 0.2  # of the polls: a page asks for a job every 2 s, for its counts every 10

CONTENT = content(SIZE)
TOKEN = "c" * 32

watchers, uploaders = count(), count()


class Person(FastHttpUser):
    """Signed in; asks as often as wanted as long as the site keeps up."""

    abstract = True

    def sign_in(self, number: int) -> None:
        session, self.job = PEOPLE[number]
        self.headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "Referer": self.host}

    def come(self, pace: float) -> None:
        """Begin at any moment: locust lets 25 in at once, who would all ask at once ever after."""
        self.period = 1 / pace
        self.due = time.monotonic() + random.uniform(0, self.period)
        gevent.sleep(self.due - time.monotonic())

    def wait_time(self) -> float:
        """Until the next request is due. locust's own `constant_throughput` begins with when it let a person in."""
        self.due = max(self.due + self.period, time.monotonic())
        return self.due - time.monotonic()


class Watcher(Person):
    """Has a dashboard open on which a conversion goes on."""

    fixed_count = len(PEOPLE)

    def on_start(self) -> None:
        self.sign_in(next(watchers))
        self.version = ""
        self.come(PACE)

    @task(round(1000 * POLLS * (1 - COUNTS)))
    def poll(self) -> None:
        """As a browser does: with the version that it has."""
        headers = {**self.headers, "If-None-Match": self.version} if self.version else self.headers
        with self.client.get(self.job, headers=headers, name="poll", catch_response=True) as answer:
            unchanged = answer.status_code == 304
            answer.request_meta["name"] = "poll, unchanged" if unchanged else "poll, changed"
            if not unchanged:
                self.version = answer.headers.get("ETag", "")

    @task(round(1000 * POLLS * COUNTS))
    def counts(self) -> None:
        self.client.get("/listed/", headers=self.headers, name="poll, counts")

    @task(round(1000 * PAGES))
    def dashboard(self) -> None:
        self.client.get("/", headers=self.headers, name="dashboard")


class Uploader(Person):
    """Sends one file after another."""

    fixed_count = UPLOADERS

    def on_start(self) -> None:
        self.sign_in(next(uploaders))
        self.headers.update({"X-CSRFToken": TOKEN, "Tus-Resumable": "1.0.0"})
        self.offset, self.where = 0, ""
        self.come(1)

    @task
    def upload(self) -> None:
        """A piece of this person's file."""
        if not self.where:
            headers = {**self.headers, "Upload-Length": str(SIZE)}
            created = self.client.post("/uploads/", headers=headers, name="upload: announce")
            self.where = created.headers["Location"]
        headers = {"Upload-Offset": str(self.offset), "Content-Type": "application/offset+octet-stream"}
        piece = CONTENT[self.offset : self.offset + PIECE]
        answer = self.client.patch(self.where, data=piece, headers={**self.headers, **headers}, name="upload: 1 MiB")
        self.offset = int(answer.headers["Upload-Offset"])
        if self.offset == SIZE:
            self.offset, self.where = 0, ""
