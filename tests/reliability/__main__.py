"""`python -m tests.reliability`: every fault at every moment, into docs/reliability.md.

What became of a cell is kept, so a run goes on with what was not ok yet on the code as it is. Stopped by SIGTERM or
Ctrl-C it takes its servers along.
"""

import argparse
import os
import time

from tests.reliability import places
from tests.servers import postgresql, redis

TITLE = "Faults"
TEXT = """Written by `make reliability` on {date}, on {cores} cores shared with others (load average {load:.1f} at the
end). A site of real programs on PostgreSQL and Redis, and a clip of 96 frames in two segments; for the rows of S3 it
keeps its files in a bucket of `rclone serve s3`. In each cell the fault strikes at that moment. `ok` is: every
acknowledged upload is whole, every job ends done with the same bytes as an undisturbed one, or failed with a reason,
every video that is ready has all of its frames, no process outlives the program that began it, after the sweep there is
no file without a row and no row without its file; and the seconds are those until a page came again once the fault was
over, at most 60. A server that dies or is cut off, and a disk that fills or breaks, stay so for {away} seconds. The
network is cut by stopping PostgreSQL and Redis, which then answer nothing; S3 is cut off in the same way. While the
disk breaks, every read of a file on it fails with EIO, in all processes, the decoding one too, by a library loaded into
them (tests/reliability/broken_disk.c). A power cut kills the programs and the servers at once. So that the
others on the machine count for little, all programs run in sessions of niceness {ahead}, conversions too.

Of {run} cells that were run, {good} were ok; {left} were not run.{older}

{table}

What strikes while a result is published or something is deleted is tried between any two changes to files and rows by
tests/videos/test_crashes.py, which these cells cannot hit so exactly."""
OLDER = " {older} were run on an earlier state of the code, and of these programs, than the others."


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=240, help="begin no cell after so many (240)")
    parser.add_argument("--fault", action="append", default=[], help="only this one; again for more")
    parser.add_argument("--moment", action="append", default=[], help="only this one; again for more")
    parser.add_argument("--left", action="store_true", help="only what was never ok, on whatever state of the code")
    return parser.parse_args()


def run(args: argparse.Namespace) -> None:
    places.stop_in_order()
    with postgresql() as database, redis() as cache:
        places.set_up(database.url, cache.url)
        from tests.reliability import matrix  # Django is ready now

        cells = matrix.chosen(args.fault, args.moment, args.left)
        matrix.run(database, cache, cells, time.monotonic() + 60 * args.minutes)
    write()


def write() -> None:
    from tests.reliability import faults, matrix, outcomes, page

    names = [(fault.name, kind.name) for fault, kind in matrix.cells()]
    found = {cell: outcome for cell, outcome in outcomes.kept().items() if cell in names}
    good, code = sum(outcome.good for outcome in found.values()), outcomes.code()
    older = sum(outcome.code != code for outcome in found.values())
    text = TEXT.format(
        date=time.strftime("%Y-%m-%d"),
        load=os.getloadavg()[1],
        away=faults.AWAY_SECONDS,
        ahead=matrix.AHEAD,
        cores=os.cpu_count(),
        run=len(found),
        left=len(names) - len(found),
        good=good,
        older=OLDER.format(older=older) if older else "",
        table=matrix.table(found),
    )
    page.write(TITLE, text)
    print(f"{page.FILE} is written: {good} of {len(found)} cells were ok.")


if __name__ == "__main__":
    run(arguments())
