"""What the queue calls. Each takes an id at most, looks at the rows, and returns quietly if there is nothing to do."""

import uuid

from videos import wishes
from videos.work import assembling, checking, planning, segments, sweeping


def check() -> None:
    checking.check()


def plan(upscale: uuid.UUID) -> None:
    planning.plan(upscale)


def work() -> None:
    segments.work()


def assemble(upscale: uuid.UUID) -> None:
    assembling.assemble(upscale)


def grant() -> None:
    wishes.grant_all()


def sweep() -> None:
    sweeping.sweep()
