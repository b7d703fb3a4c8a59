"""All cells, one after another: first those of a site that keeps its files on a disk, then of one with a bucket."""

import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.test import override_settings

from accounts.models import User
from duf import markdown
from tests.duf.clips import Sound, make
from tests.processes import hurried
from tests.reliability import outcomes, places
from tests.reliability.cells import Matrix
from tests.reliability.faults import BUCKET_FAULTS, DISK_FAULTS, FAULTS, Fault, Stage
from tests.reliability.moments import MOMENTS, PIECES, Moment
from tests.reliability.outcomes import Cell, Outcome
from tests.servers import Server, s3
from tests.videos.site import Site
from tests.videos.test_load import free_port

NOT_RUN = "not run"
SENSELESS = "no sense: "
AHEAD = -8  # the niceness of the site's sessions, so that what others compute meanwhile does not count

Wanted = list[tuple[Fault, type[Moment]]]


def run(database: Server, cache: Server, cells: Wanted, until: float) -> None:
    """Run these cells and keep what became of them. None is begun after `until`, by the monotonic clock."""
    for faults, stage in ((DISK_FAULTS, _disk), (BUCKET_FAULTS, _bucket)):
        mine = [(fault, kind) for fault, kind in cells if fault in faults]
        if mine and time.monotonic() < until:
            servers = {"database": database, "cache": cache}
            with hurried(AHEAD), _folder() as folder, stage(folder, servers) as (setting, address):
                _run(setting, address, folder, mine, until)


@contextmanager
def _folder() -> Iterator[Path]:
    """For what a stage needs; and MEDIA_ROOT is a small disk meanwhile."""
    with TemporaryDirectory() as name, places.small_disk(Path(settings.MEDIA_ROOT)):
        yield Path(name)


def _run(stage: Stage, address: str, folder: Path, cells: Wanted, until: float) -> None:
    User.objects.all().delete()  # and what they had on the other stage
    clip = make(folder / "clip.mp4", frames=PIECES[-1][1], size=(128, 96), sounds=[Sound()])
    matrix = Matrix(stage, User.objects.create_user("owner@example.org"), clip, address)
    code = outcomes.code()
    for fault, kind in cells:
        if time.monotonic() > until:
            return
        outcome = replace(matrix.run(fault, kind), code=code)
        outcomes.keep((fault.name, kind.name), outcome)
        print(f"{fault.name}, {kind.name}: {outcome}", file=sys.stderr, flush=True)


@contextmanager
def _disk(folder: Path, servers: dict[str, Server]) -> Iterator[tuple[Stage, str]]:
    """A disk that may fill up and break, and programs whose clock may jump."""
    media = Path(settings.MEDIA_ROOT)
    clock, clock_environment = places.jumping_clock(folder)
    disk, disk_environment = places.breaking_disk(folder)
    libraries = {"LD_PRELOAD": f"{clock_environment['LD_PRELOAD']}:{disk_environment['LD_PRELOAD']}"}
    with _site(**clock_environment | disk_environment | libraries) as (site, address):
        yield Stage(site, servers, media, clock, disk), address


@contextmanager
def _bucket(folder: Path, servers: dict[str, Server]) -> Iterator[tuple[Stage, str]]:
    with s3(free_port()) as bucket:
        where = places.in_bucket(bucket)
        with override_settings(**where), _site(**where) as (site, address):
            yield Stage(site, servers | {"bucket": bucket}), address


@contextmanager
def _site(**environment: str) -> Iterator[tuple[Site, str]]:
    address = f"127.0.0.1:{free_port()}"
    site = Site("web", "light", "heavy", BIND=address, **environment)
    try:
        yield site, f"http://{address}"
    finally:
        site.stop()


def cells() -> Wanted:
    """All that make sense, in an order that lets a short run see every fault and every moment."""
    return [
        (fault, kind)
        for step, _ in enumerate(MOMENTS)
        for row, fault in enumerate(FAULTS)
        if (kind := MOMENTS[(row + step + 2) % len(MOMENTS)]).name not in fault.without
    ]


def chosen(faults: Collection[str], moments: Collection[str], left: bool) -> Wanted:
    """Those of these faults and moments, or of all where none is named, that were not ok on this code yet.

    left: nor on any other code.
    """
    found, code = outcomes.kept(), outcomes.code()

    def is_settled(cell: Cell) -> bool:
        return cell in found and found[cell].good and (left or found[cell].code == code)

    return [
        (fault, kind)
        for fault, kind in cells()
        if (not faults or fault.name in faults)
        and (not moments or kind.name in moments)
        and not is_settled((fault.name, kind.name))
    ]


def table(found: Mapping[Cell, Outcome]) -> str:
    names = [kind.name for kind in MOMENTS]
    rows = [[fault.name, *(_told(fault, name, found) for name in names)] for fault in FAULTS]
    return markdown.table(["", *names], rows)


def _told(fault: Fault, moment: str, found: Mapping[Cell, Outcome]) -> str:
    if moment in fault.without:
        return SENSELESS + fault.reason
    return str(found.get((fault.name, moment), NOT_RUN))
