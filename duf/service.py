"""Segments on request: one JSON object a line in, JSON lines out.

Asked {"id", "source", "clip", "index", "start", "stop", "model", "scale", "precision", "settings", "output"} it answers
{"id", "frames": n} now and then, and at the end {"id", "done": {"frames": n, "seconds": s}} or {"id", "error":
sentence, "passes": bool}; the source is a path or an address (see media/source.py), the seconds are those of the work,
without loading the model; what passes has nothing to do with the files, so it may go better later. With "stills":
[before, after] the last frame is drawn to these two JPEG files, as it was and as it became. With "alone": true the
pictures are made as if the clip were looked at from `start` on, not as in the whole.
Asked with "trial": true and without start and stop, it tries the model at three points instead and answers {"id",
"done": {"points": [...]}}, see trials.py. The model stays loaded between requests. When its input closes it ends at
once, even in the middle, and leaves no half-written output.
"""

import errno
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

from duf.choices import Choices
from duf.errors import DufError, SourceError
from duf.media.facts import DEFAULT_LIMITS, Clip, Limits
from duf.media.frames import Index
from duf.media.source import source_of
from duf.pipeline import Loaded, Work, load, upscale_segment
from duf.stills import Last
from duf.trials import tried

TELL_EVERY = 0.2  # seconds
DISK_FULL = "The disk is full; free some space and try again, nothing that was finished is lost."


class Service:
    """Answers one request after the other."""

    def __init__(self, requests: TextIO, answers: TextIO) -> None:
        self._requests, self._answers = requests, answers
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._output: Path | None = None
        self._told = 0.0

    def run(self) -> None:
        """Work until the input closes; then the process ends, whatever it was doing."""
        sys.unraisablehook = _ends_without_memory
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            self._answer(json.loads(self._waiting.get()))

    def _listen(self) -> None:
        for line in self._requests:
            self._waiting.put(line)
        output = self._output
        if output is not None:
            output.unlink(missing_ok=True)
        os._exit(0)

    def _answer(self, request: dict[str, Any]) -> None:
        name = request["id"]
        try:
            self._say(id=name, done=self._try(name, request) if request.get("trial") else self._upscale(name, request))
        except DufError as error:
            self._fail(name, str(error), passes=isinstance(error, SourceError))
        except OSError as error:
            sentence = DISK_FULL if error.errno == errno.ENOSPC else f"A file cannot be used: {error}."
            self._fail(name, sentence, passes=error.errno == errno.EIO)
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            self._fail(name, f"The upscaler broke down ({type(error).__name__}: {error}); try again.", passes=False)

    def _upscale(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        start, stop = request["start"], request["stop"]
        with self._ready(request) as (work, model, index, output):
            begun, last = time.monotonic(), Last()
            tell, alone = partial(self._progress, name), request.get("alone", False)
            upscale_segment(work, model, index, start, stop, output, tell, last.see, alone)
            if request.get("stills"):
                last.draw(work, *map(Path, request["stills"]))
            return {"frames": stop - start, "seconds": time.monotonic() - begun}

    def _try(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        points = []
        with self._ready(request) as ready:
            for point in tried(*ready):
                points.append(point.to_json())
                self._say(id=name, frames=sum(entry["frames"] for entry in points))
        return {"points": points}

    @contextmanager
    def _ready(self, request: dict[str, Any]) -> Iterator[tuple[Work, Loaded, Index, Path]]:
        """What a request needs; its output is removed if the input closes meanwhile."""
        self._output = Path(request["output"])
        try:
            model = _loaded(request["model"], request["scale"], request.get("precision"))
            yield _work(request), model, Index.load(Path(request["index"])), self._output
        finally:
            self._output = None

    def _progress(self, name: str, frames: int) -> None:
        if time.monotonic() - self._told >= TELL_EVERY:
            self._told = time.monotonic()
            self._say(id=name, frames=frames)

    def _fail(self, name: str, sentence: str, passes: bool) -> None:
        self._say(id=name, error=sentence, passes=passes)

    def _say(self, **answer: Any) -> None:
        with suppress(BrokenPipeError):  # nobody listens any more: the closing input ends us
            self._answers.write(json.dumps(answer) + "\n")
            self._answers.flush()


def _ends_without_memory(happened: "sys.UnraisableHookArgs") -> None:
    """A thread that cannot begin for want of memory would be waited for without end."""
    if issubclass(happened.exc_type, MemoryError):
        os._exit(1)
    sys.__unraisablehook__(happened)


def _work(request: dict[str, Any]) -> Work:
    choices = Choices.from_json(request.get("settings") or {})
    limits = Limits.from_json(request["limits"]) if request.get("limits") else DEFAULT_LIMITS
    source, clip = source_of(request["source"]), Clip.from_json(request["clip"])
    return Work(source, clip, "mp4", request["scale"], choices.encoding, limits, choices.fit, choices.deinterlace)


@lru_cache(maxsize=2)
def _loaded(model: str, scale: int, precision: str | None) -> Loaded:
    return load(model, scale, precision)
