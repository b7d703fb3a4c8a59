"""The decoding process, a fork of forkserver.py, ordered by sandbox.py. One job, then it ends.

Everything that a job needs is imported here, before the process gives up opening files.
"""

import importlib
import json
import os
import pkgutil
import signal
import socket
import stat
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO, Never

import av

from duf.errors import MediaError
from duf.media import assembling
from duf.media.decode import Decoder, Tally
from duf.media.facts import Limits
from duf.media.filmstrip import Filmstrip
from duf.media.forks import BATCH
from duf.media.landlock import give_up_everything
from duf.media.local import local, unreadable
from duf.media.sandbox import TOO_LARGE, confine, end_with_parent
from duf.media.served import served
from duf.media.wire import BEAT, DONE, FAULT, NOTE, REFUSAL, UNREADABLE, Sender

BEAT_EVERY = 16  # frames

Files = list[BinaryIO]
Request = dict[str, Any]


def probe(files: Files, request: Request, limits: Limits, sender: Sender) -> None:
    """Send the facts of a file."""
    sender.send(NOTE, Decoder(files[0], limits).clip.to_json())


def index(files: Files, request: Request, limits: Limits, sender: Sender) -> None:
    """Send the facts, then pts, duration, crc and cut of every frame, then the tally; at last a strip of small frames.

    Before the strip goes a note of its frames' ordinals.
    """
    decoder, tally, rows = Decoder(files[0], limits), Tally(), []
    strip = Filmstrip(decoder.clip.video)
    sender.send(NOTE, decoder.clip.to_json())
    for picture in decoder.pictures(tally):
        strip.see(picture)
        rows.append((picture.pts, picture.duration, picture.crc, picture.cut))
        if len(rows) == BEAT_EVERY:
            sender.send(BEAT, rows)
            rows = []
    sender.send(BEAT, rows)
    sender.send(NOTE, vars(tally))
    chosen = strip.chosen()
    sender.send(NOTE, [ordinal for ordinal, _ in chosen])
    for _, picture in chosen:
        sender.send_picture(picture)


def read(files: Files, request: Request, limits: Limits, sender: Sender) -> None:
    """Send the facts, then the frames from number `skip` on, then the tally."""
    decoder, tally, skip = Decoder(files[0], limits, request.get("deinterlace", "auto")), Tally(), request["skip"]
    sender.send(NOTE, decoder.clip.to_json())
    for number, picture in enumerate(decoder.pictures(tally)):
        if number >= skip:
            sender.send_picture(picture)
        elif number % BEAT_EVERY == 0:
            sender.send(BEAT, [])
    sender.send(NOTE, vars(tally))


def read_from(files: Files, request: Request, limits: Limits, sender: Sender) -> None:
    """Send the facts, then the frames from the one whose pts is `first` on, found by seeking to `seek`."""
    decoder = Decoder(files[0], limits, request.get("deinterlace", "auto"))
    sender.send(NOTE, decoder.clip.to_json())
    for picture in decoder.pictures_from(request["seek"], request["first"]):
        sender.send_picture(picture)


Job = Callable[[Files, Request, Limits, Sender], None]
JOBS: dict[str, Job] = {"probe": probe, "index": index, "read": read, "read_from": read_from, **assembling.JOBS}


def load_all_of_av() -> None:
    """PyAV loads some of its modules at their first use, which would be too late."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.endswith(("__main__", "datasets")):
            importlib.import_module(module.name)


def main() -> Never:
    """Do what is ordered on standard input."""
    channel = socket.socket(fileno=0)
    order, (pipe, *descriptors) = _ordered(channel)
    limits = Limits.from_json(order["limits"])
    sender = Sender(pipe)
    files: Files = [_opened(descriptor) for descriptor in descriptors]
    give_up_everything()  # before there is a second thread, which would keep what the first gives up
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # the parent has what it wants
    end_with_parent()
    confine(limits, order["writes"])
    sender.send(BEAT, [])  # from here on a failure is the file's
    answer(JOBS[order["job"]], files, order["request"], limits, sender)
    os._exit(0)  # the watching thread does not end by itself


def answer(job: Job, files: Files, request: Request, limits: Limits, sender: Sender) -> None:
    """Do the job and send how it ended; whatever it found does not count if the disk could not be read."""
    end: tuple[bytes, str | None] = DONE, None
    try:
        job(files, request, limits, sender)
    except MediaError as error:
        end = REFUSAL, str(error)
    except MemoryError:
        end = REFUSAL, TOO_LARGE
    except Exception:
        end = FAULT, traceback.format_exc()
    why = unreadable(files)
    sender.send(*((UNREADABLE, why) if why else end))


def _opened(descriptor: int) -> BinaryIO:
    """A file, or one that the parent serves through a socket."""
    return served(descriptor) if stat.S_ISSOCK(os.fstat(descriptor).st_mode) else local(descriptor)


def _ordered(channel: socket.socket) -> tuple[Request, list[int]]:
    """The order and the descriptors for it; what follows is only the channel's end, which is watched elsewhere."""
    line = b""
    descriptors: list[int] = []
    while not line.endswith(b"\n"):
        piece, some, *_ = socket.recv_fds(channel, 65536, BATCH)
        if not piece:
            os._exit(1)  # nobody wants anything any more
        line += piece
        descriptors += some
    order: Request = json.loads(line)
    return order, descriptors
