"""Clips to learn from, out of Pixabay's official API or a folder of one's own videos.

Beside the clips of a video lies NAME.json with where it is from; it is written last, and a video that has one is not
fetched or looked at again.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from duf.errors import MediaError
from duf.material.footage import VIDEOS
from duf.material.trimming import Seconds, trim

API = "https://pixabay.com/api/videos/"
LICENCE = {"licence": "Pixabay Content License", "licence_page": "https://pixabay.com/service/license-summary/"}
PER_PAGE = 50  # hits asked for at once; 3 to 200
DAY = 24 * 3600.0  # seconds that answers have to be kept, by the API's rules
WINDOW = 60.0  # seconds of the rate limit, where an answer does not say how many are left
TRIES = 5  # times to wait for the rate limit before giving up
WANTED = 1080  # pixels of the shorter side; more is only more to fetch
SCENE = 1.0  # seconds that a scene inside a fetched or own video lasts at least

Hit = dict[str, Any]


class Pixabay:
    """The search of videos, as https://pixabay.com/api/docs/ describes it.

    Answers are kept in `scratch` for a day; when no request is left in the current window, the next one waits.
    """

    def __init__(self, key: str, scratch: Path, api: str = "", wait: Callable[[float], None] = time.sleep) -> None:
        self.key, self.scratch, self.api, self.wait = key, scratch, api or API, wait
        self.pause = 0.0  # seconds to wait before the next request
        scratch.mkdir(parents=True, exist_ok=True)

    def search(self, keyword: str, kind: str = "film") -> Iterator[Hit]:
        """Every video for a keyword, the most popular first, page by page."""
        page, total = 1, 1
        while (page - 1) * PER_PAGE < total:
            query = {"q": keyword, "video_type": kind, "safesearch": "true", "per_page": PER_PAGE, "page": page}
            try:
                reply = json.loads(self.answer(query))
                hits, total, page = reply["hits"], int(reply["totalHits"]), page + 1
            except (ValueError, KeyError, TypeError):
                raise MediaError("Pixabay's answer is not what its documentation says: try again later.") from None
            yield from hits

    def answer(self, query: dict[str, Any]) -> str:
        """The reply to a query, from today's if it was asked before."""
        words = urlencode(sorted(query.items()))
        kept = self.scratch / f"{hashlib.sha256(words.encode()).hexdigest()[:24]}.json"
        if kept.exists() and time.time() - kept.stat().st_mtime < DAY:
            return kept.read_text()
        text = self.ask(f"{self.api}?{words}&{urlencode({'key': self.key})}")
        kept.write_text(text)
        return text

    def ask(self, url: str) -> str:
        """The body of a reply. The address holds the key, so no error may carry it."""
        for _ in range(TRIES):
            if self.pause:
                self.wait(self.pause)
            try:
                with urlopen(url, timeout=60) as reply:
                    self.pause = left(reply.headers) if reply.headers.get("X-RateLimit-Remaining") == "0" else 0.0
                    return str(reply.read().decode())
            except HTTPError as error:
                if error.code != 429:
                    raise MediaError(
                        f"Pixabay refuses; check PIXABAY_KEY and the keywords: "
                        f"{error.read().decode(errors='replace')[:200]}"
                    ) from None
                self.pause = left(error.headers)
            except OSError as error:
                raise MediaError(f"Pixabay cannot be reached ({getattr(error, 'reason', error)}): try later.") from None
        raise MediaError("Pixabay's limit on requests is used up: go on in an hour.")

    def download(self, url: str, name: str) -> Path:
        """A video in `scratch`, going on where an earlier try ended; MediaError if it does not come whole."""
        done, part = self.scratch / f"{name}.download", self.scratch / f"{name}.part"
        if done.exists():
            return done
        if urlsplit(url).scheme != urlsplit(self.api).scheme:
            raise MediaError(f"Pixabay names no address on the web for {name}: leave it out.")
        have = part.stat().st_size if part.exists() else 0
        try:
            with urlopen(Request(url, headers={"Range": f"bytes={have}-"}), timeout=60) as reply:
                goes_on = reply.status == 206
                with part.open("ab" if goes_on else "wb") as file:
                    shutil.copyfileobj(reply, file)
        except OSError as error:
            raise MediaError(f"{name} cannot be fetched ({error}): run this again to go on.") from None
        if part.stat().st_size != have * goes_on + int(reply.headers.get("Content-Length", -1)):
            raise MediaError(f"{name} did not come whole: run this again to go on.")
        return part.replace(done)


def left(headers: Message) -> float:
    """Seconds until the rate limit's window ends."""
    return float(headers.get("X-RateLimit-Reset", WINDOW))


def rendition(hit: Hit) -> str:
    """The address of the smallest version of a video that is large enough, else of the largest."""
    offered = [v for v in hit["videos"].values() if v.get("url")]
    if not offered:
        raise MediaError(f"Pixabay offers no file of video {hit['id']}: leave it out.")
    by_side = sorted(offered, key=lambda v: min(v["width"], v["height"]))
    enough = [v for v in by_side if min(v["width"], v["height"]) >= WANTED]
    return str((enough or by_side[-1:])[0]["url"])


def from_pixabay(
    site: Pixabay, keywords: Sequence[str], to: Path, seconds: Seconds, most: int, kind: str = "film"
) -> Iterator[str]:
    """Up to `most` videos a keyword that last so long, as clips in `to`; a line on each as it comes."""
    for keyword in keywords:
        fitting = (hit for hit in site.search(keyword, kind) if seconds[0] <= hit["duration"] <= seconds[1])
        for hit, _ in zip(fitting, range(most), strict=False):
            name = f"pixabay-{hit['id']}"
            if not (to / f"{name}.json").exists():
                yield fetched(site, hit, name, to, seconds)


def fetched(site: Pixabay, hit: Hit, name: str, to: Path, seconds: Seconds) -> str:
    """Brings one video; a line on it, also if it does not come, so that one dead address stops nothing."""
    try:
        file = site.download(rendition(hit), name)
    except MediaError as error:
        return str(error)
    origin = {
        "page": hit["pageURL"],
        "author": hit["user"],
        "author_page": f"https://pixabay.com/users/{hit['user']}-{hit['user_id']}/",
        "tags": hit["tags"],
        **LICENCE,
    }
    line = kept(file, to, name, (SCENE, seconds[1]), origin)
    file.unlink()
    return line


def from_folder(source: Path, to: Path, seconds: Seconds) -> Iterator[str]:
    """The usable scenes of the videos below `source` as clips in `to`; a line on each video."""
    if to.resolve().is_relative_to(source.resolve()):
        raise MediaError(f"{to} lies inside {source}: name a folder elsewhere for the clips.")
    files = [p for p in sorted(source.rglob("*")) if p.suffix.lower() in VIDEOS and p.is_file()]
    if not files:
        raise MediaError(f"{source} holds no videos: name a folder with .mp4, .mov or .mkv files.")
    to.mkdir(parents=True, exist_ok=True)
    for path in files:
        name = "-".join(path.relative_to(source).parts)
        if not (to / f"{name}.json").exists():
            yield kept(path, to, name, seconds, {"source": path.relative_to(source).as_posix()})


def kept(file: Path, to: Path, name: str, seconds: Seconds, origin: dict[str, Any]) -> str:
    """Cuts a video into clips and writes where they are from beside them; what came of it, as a line."""
    clips: list[str] = []
    try:
        for clip in trim(file, to, name, seconds):
            clips.append(clip.name)
        result = f"{len(clips)} clip(s)" if clips else f"no scene of {seconds[0]:g} s or more"
    except MediaError as error:
        result = f"{len(clips)} clip(s), then: {error}" if clips else f"left out: {error}"
    beside = to / f"{name}.json.part"
    beside.write_text(json.dumps({**origin, "clips": clips, "result": result}, indent=1, ensure_ascii=False))
    beside.replace(to / f"{name}.json")
    return f"{name}: {result}"
