"""The jobs of the decoding process that copy and compare tracks; `join.py` and `receipt.py` order them."""

from typing import Any, BinaryIO

from duf.media.compare import compared, picture_times
from duf.media.copied import styled
from duf.media.decode import at_sight
from duf.media.demux import opened
from duf.media.facts import Limits
from duf.media.join import Assembly
from duf.media.mux import mux
from duf.media.wire import BEAT, NOTE, Sender

Files = list[BinaryIO]
Request = dict[str, Any]


def tell_styled(files: Files, request: Request, limits: Limits, sender: Sender) -> None:
    """Send whether the text tracks hold more than words one after another."""
    with opened(files[0], limits) as source:
        sender.send(NOTE, {"styled": styled(source, request["tracks"])})


def join(files: Files, request: Request, limits: Limits, sender: Sender) -> None:
    """Write the result from the source, the segments and the assembly; a failure to write is sent with its number."""
    source_file, *segments, target = files
    try:
        with opened(source_file, limits) as source:
            for count in mux(source, segments, Assembly.from_json(request), target.fileno()):
                sender.send(BEAT, count)
    except OSError as error:
        sender.send(NOTE, {"errno": error.errno, "error": error.strerror})


def compare(files: Files, request: Request, limits: Limits, sender: Sender) -> None:
    """Send the facts of the result; then what the source has that was to be kept, beside what the result has."""
    sender.send(NOTE, at_sight(files[1], limits).to_json())
    with opened(files[1], limits) as result:
        shown = picture_times(result)
    sender.send(BEAT, len(shown))
    with opened(files[0], limits) as source, opened(files[1], limits) as result:
        sender.send(NOTE, compared(source, result, shown, Assembly.from_json(request)))


JOBS = {"styled": tell_styled, "join": join, "compare": compare}
