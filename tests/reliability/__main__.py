"""`python -m tests.reliability`: every fault at every moment, into docs/reliability.md."""

import argparse
import os
import time

from tests.reliability import places
from tests.servers import postgresql, redis

TITLE = "Faults"
TEXT = """Written by `make reliability` on {date}, in {minutes:.0f} minutes, on {cores} cores shared with others (load
average {load:.1f} at the end). A site of real programs on PostgreSQL and Redis, and a clip of 96 frames in two
segments. In each cell the fault strikes at that moment. `ok` is: every acknowledged upload is whole, every job ends
done with the same bytes as an undisturbed one, or failed with a reason, after the sweep there is no file without a row
and no row without its file; and the seconds are those until a page came again once the fault was over, at most 60. A
server that dies or is cut off, and a disk that fills, stay so for {away} seconds. The network is cut by stopping
PostgreSQL and Redis, which then answer nothing; a power cut kills the programs and the servers at once.

Of {run} cells that were run, {good} were ok; {left} were not run.

{table}

A disk read error is not among the faults: a disk that fails was not built. What strikes while a result is published or
something is deleted is tried between any two changes to files and rows by tests/videos/test_crashes.py, which these
cells cannot hit so exactly."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--minutes", type=float, default=240, help="begin no cell after so many (240)")
    parser.add_argument("--fault", action="append", help="only this one; again for more")
    parser.add_argument("--moment", action="append", help="only this one; again for more")
    return parser.parse_args()


def run(args: argparse.Namespace) -> None:
    with postgresql() as database, redis() as cache:
        places.set_up(database.url, cache.url)
        from tests.reliability import matrix  # Django is ready now

        begun = time.monotonic()
        outcomes = matrix.run_all(database, cache, begun + 60 * args.minutes, args.fault, args.moment)
    write(outcomes, (time.monotonic() - begun) / 60)


def write(outcomes: "dict[tuple[str, str], str]", minutes: float) -> None:
    from tests.reliability import faults, matrix, page

    run_cells = [said for said in outcomes.values() if not said.startswith(matrix.LEFT_OUT)]
    good = sum(said.startswith("ok") for said in run_cells)
    text = TEXT.format(
        date=time.strftime("%Y-%m-%d"),
        minutes=minutes,
        load=os.getloadavg()[1],
        away=faults.AWAY_SECONDS,
        cores=os.cpu_count(),
        run=len(run_cells),
        left=sum(said == matrix.NOT_RUN for said in outcomes.values()),
        good=good,
        table=matrix.table(outcomes),
    )
    page.write(TITLE, text)
    print(f"{page.FILE} is written: {good} of {len(run_cells)} cells were ok.")


if __name__ == "__main__":
    run(arguments())
