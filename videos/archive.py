"""Many results as one ZIP archive that is made while it is sent: nothing of it is held in memory or on the disk.

Video does not get smaller by compression, so files are stored as they are and the length is known from the first byte.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from zipstream import ZipStream

from videos.models import Upscale
from videos.names import result_name
from videos.storage import store


def archive(upscales: Iterable[Upscale]) -> ZipStream:
    """The results that there are, each under a name of its own. Its `len` is exact; to iterate is to make it."""
    made = ZipStream(sized=True)
    for name, path in named(upscales):
        if stored := store().look(path):
            made.add(store().read(path, range(stored.size)), name, size=stored.size)
    return made


def named(upscales: Iterable[Upscale]) -> Iterator[tuple[str, Path]]:
    """A name that occurs again is numbered; upper and lower case are the same to some systems that unpack."""
    taken: set[str] = set()
    for upscale in upscales:
        path = upscale.result
        if path and store().look(path):
            name = _free(result_name(upscale), taken)
            taken.add(name.casefold())
            yield name, path


def _free(name: str, taken: set[str]) -> str:
    stem, ending, number = PurePosixPath(name).stem, PurePosixPath(name).suffix, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem} ({number}){ending}"
    return name
