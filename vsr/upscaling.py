"""Many files through one site: upload each, convert what has been checked, wait, fetch. One that fails stops no other.

Run again with the same files it goes on: uploads where they stopped, conversions that failed are tried again, and
those that exist are not made twice.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

from vsr.downloads import download
from vsr.screen import Screen, span
from vsr.site import Row, Site
from vsr.troubles import SignedOut, Trouble, Unreachable
from vsr.uploads import upload

POLL = 2  # seconds
PATIENCE = 600  # seconds without an answer while conversions go on: a site may be started anew, or brought up to date
ENDED = {"done", "failed", "cancelled"}


@dataclass
class Item:
    """One file on its way."""

    path: Path
    video: str = ""
    uploaded: bool = False  # by this run, and not by an earlier one
    upscale: Row = field(default_factory=dict)
    problem: str = ""
    result: Path | None = None

    @property
    def started(self) -> bool:
        return bool(self.upscale or self.problem)

    @property
    def ended(self) -> bool:
        return bool(self.problem) or self.upscale.get("state") in ENDED

    def as_json(self) -> Row:
        return {
            "file": str(self.path),
            "video": self.video or None,
            "uploaded": self.uploaded,
            "upscale": self.upscale or None,
            "problem": self.problem or None,
            "result": str(self.result) if self.result else None,
        }


class Batch:
    """The files of one command, all converted by the same wish."""

    def __init__(self, site: Site, files: list[Path], wish: Row, screen: Screen) -> None:
        self.items = [Item(path) for path in files]
        self._site = site
        self._wish = wish
        self._screen = screen
        self._answered = monotonic()  # when the site last did

    def start(self) -> None:
        """Upload everything and have it converted; returns when the last conversion is asked for."""
        for number, item in enumerate(self.items, start=1):
            self._upload(item, f"[{number}/{len(self.items)}] {item.path.name}")
            self._convert_checked()
        while not all(item.started for item in self.items):
            waiting = [item.path.name for item in self.items if not item.started]
            self._screen.show(f"{len(waiting)} being checked: {waiting[0]}")
            sleep(POLL)
            self._convert_checked()

    def wait(self, folder: Path | None) -> None:
        """Until every conversion has ended; fetch what is done into the folder, if there is one."""
        self._answered = monotonic()
        while not self._all_ended(folder):
            self._screen.show(self._summary())
            sleep(POLL)

    def sum_up(self) -> None:
        """Of many files, how many went well and which did not."""
        failed = [item.path.name for item in self.items if item.problem]
        well = f"{len(self.items) - len(failed)} of {len(self.items)} went well"
        if len(self.items) > 1:
            wrong = f"; what is wrong stands above for {', '.join(failed)}" if failed else ""
            self._screen.say(f"{well}{wrong}.")

    def _all_ended(self, folder: Path | None) -> bool:
        """Look once, and fetch what is done. A site that does not answer for a while ends nothing."""
        try:
            self._look()
            self._fetch(folder)
        except Unreachable:
            if monotonic() - self._answered > PATIENCE:
                raise
            self._screen.say("The site does not answer; this goes on when it does.")
            return False
        self._answered = monotonic()
        return all(item.ended for item in self.items)

    def _upload(self, item: Item, what: str) -> None:
        try:
            arrived = upload(self._site, item.path, self._screen.bytes(what))
            item.video, item.uploaded = arrived.video, not arrived.before
            self._screen.say(f"{item.path.name}: {'uploaded' if item.uploaded else 'is on the site already'}")
        except SignedOut:
            raise
        except FileNotFoundError:
            self._fail(item, "There is no such file; check its name and the folder.")
        except (Trouble, OSError) as error:
            self._fail(item, str(error))

    def _convert_checked(self) -> None:
        """Ask for the conversion of each video that is ready by now."""
        waiting = [item for item in self.items if item.video and not item.started]
        videos = self._site.these("/videos", [item.video for item in waiting])
        for item in waiting:
            match videos.get(item.video, {"state": "gone"}):
                case {"state": "ready"}:
                    self._convert(item)
                case {"state": "refused", "reason": reason}:
                    self._fail(item, reason)
                case {"state": "gone"}:
                    self._fail(item, "The video was deleted meanwhile; run the command again to send it again.")

    def _convert(self, item: Item) -> None:
        wish = self._wish | {"video": item.video}
        key = hashlib.sha256(json.dumps(wish, sort_keys=True).encode()).hexdigest()
        try:
            item.upscale = self._site.post("/upscales", wish, key)
            if item.upscale["state"] in {"failed", "cancelled"}:  # by an earlier run
                item.upscale = self._site.post(f"/upscales/{item.upscale['id']}/retry")
            self._screen.say(f"{item.path.name}: {item.upscale['state']}")
        except SignedOut:
            raise
        except Trouble as trouble:
            self._fail(item, str(trouble))

    def _look(self) -> None:
        """How far everything is now."""
        going = [item for item in self.items if not item.ended]
        rows = self._site.these("/upscales", [item.upscale["id"] for item in going])
        for item in going:
            row = rows.get(item.upscale["id"])
            if row is None:
                self._fail(item, "The conversion was deleted meanwhile.")
                continue
            item.upscale = row
            if row["state"] == "done":
                self._screen.say(f"{item.path.name}: done")
            elif item.ended:
                self._fail(item, row["reason"] or f"It was {row['state']}.")

    def _fetch(self, folder: Path | None) -> None:
        for item in self.items:
            if folder and not item.result and not item.problem and item.upscale.get("state") == "done":
                try:
                    name = item.upscale["name"]
                    item.result = download(self._site, item.upscale, folder, self._screen.bytes(name))
                    self._screen.say(f"{item.path.name}: its result is {item.result}")
                except (SignedOut, Unreachable):
                    raise
                except (Trouble, OSError) as error:
                    self._fail(item, str(error))

    def _fail(self, item: Item, reason: str) -> None:
        item.problem = reason
        self._screen.say(f"{item.path.name}: {reason}")

    def _summary(self) -> str:
        """How many are done, and how the one in work is getting on."""
        done = sum(item.ended for item in self.items)
        parts = [f"{done} of {len(self.items)} done"]
        running = next((item for item in self.items if item.upscale.get("state") == "running"), None)
        if running:
            parts.append(f"{running.path.name}: {running.upscale['percent']} %")
            if running.upscale["seconds_left"] is not None:
                parts.append(f"{span(running.upscale['seconds_left'])} left")
        return " · ".join(parts)
