"""All cells, one after another on one site, and the table of what became of them."""

import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from accounts.models import User
from duf import markdown
from tests.duf.clips import Sound, make
from tests.reliability import places
from tests.reliability.cells import Matrix, Outcome
from tests.reliability.faults import FAULTS, Fault, Stage
from tests.reliability.moments import MOMENTS, PIECES, Moment
from tests.servers import Server
from tests.videos.site import Site
from tests.videos.test_load import free_port

NOT_RUN = "not run"
SENSELESS = "no sense: "
LEFT_OUT = (NOT_RUN, SENSELESS)


def run_all(
    database: Server, cache: Server, until: float, faults: Collection[str] | None, moments: Collection[str] | None
) -> dict[tuple[str, str], str]:
    """What is said in each cell, by fault and moment. No cell is begun after `until`, by the monotonic clock."""
    media = Path(settings.MEDIA_ROOT)
    with TemporaryDirectory() as name, places.small_disk(media):
        clock, environment = places.jumping_clock(Path(name))
        address = f"127.0.0.1:{free_port()}"
        site = Site("web", "light", "heavy", BIND=address, **environment)
        stage = Stage(site, {"database": database, "cache": cache}, media, clock)
        try:
            clip = make(Path(name) / "clip.mp4", frames=PIECES[-1][1], size=(128, 96), sounds=[Sound()])
            matrix = Matrix(stage, User.objects.create_user("owner@example.org"), clip, f"http://{address}")
            return {
                (fault.name, kind.name): _cell(matrix, fault, kind, until, faults, moments)
                for fault, kind in _diagonals()
            }
        finally:
            site.stop()


def _diagonals() -> Iterator[tuple[Fault, type[Moment]]]:
    """All cells, in an order that lets a short run see every fault and every moment."""
    for step, _ in enumerate(MOMENTS):
        for row, fault in enumerate(FAULTS):
            yield fault, MOMENTS[(row + step + 2) % len(MOMENTS)]


def _cell(
    matrix: Matrix,
    fault: Fault,
    kind: type[Moment],
    until: float,
    faults: Collection[str] | None,
    moments: Collection[str] | None,
) -> str:
    if kind.name in fault.without:
        return SENSELESS + fault.reason
    wanted = (not faults or fault.name in faults) and (not moments or kind.name in moments)
    if not wanted or time.monotonic() > until:
        return NOT_RUN
    outcome = matrix.run(fault, kind)
    print(f"{fault.name}, {kind.name}: {_told(outcome)}", file=sys.stderr, flush=True)
    return _told(outcome)


def _told(outcome: Outcome) -> str:
    return outcome.said or f"ok, {outcome.seconds:.1f} s"


def table(outcomes: dict[tuple[str, str], str]) -> str:
    names = [kind.name for kind in MOMENTS]
    rows = [[fault.name, *(outcomes[fault.name, name] for name in names)] for fault in FAULTS]
    return markdown.table(["", *names], rows)
