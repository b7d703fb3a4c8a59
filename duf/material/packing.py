"""What a run of training learns from in one small file, for a machine elsewhere.

A shard of thousands of samples takes gigabytes, but it follows from its recipe and its material, to the last bit. So
those travel, as they are, and the shard is made again on the other side; it needs NumPy, OpenCV, Pillow and PyAV there.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from duf.errors import MediaError
from duf.material.footage import listing
from duf.material.shards import Shard, ShardRecipe, write_shard

PLAN, FOLDER = "recipe.json", "material"
ENTRY, END = 128, 2048  # bytes of a zip besides its contents: most a file without its name twice, and all the rest


def pack(material: Path, run: str, recipe: ShardRecipe, file: Path, limit: int) -> list[str]:
    """Writes `file`, a zip of at most `limit` bytes; the names of what found no room in it, chosen by chance.

    MediaError if the file exists or nothing fits.
    """
    if file.exists():
        raise MediaError(f"{file} exists already: name another file.")
    sizes = listing(material)
    chosen = list(fitting(sizes, limit))
    if not chosen:
        raise MediaError(f"Nothing in {material} fits into {limit / 1e6:g} MB: allow more, or add smaller files.")
    half = file.with_name(file.name + ".part")
    with ZipFile(half, "w") as packed:
        packed.writestr(PLAN, json.dumps({"run": run, "shard": asdict(recipe)}))
        for name in chosen:
            packed.write(material / name, f"{FOLDER}/{name}")
    half.replace(file)
    return sorted(set(sizes) - set(chosen))


def fitting(sizes: dict[str, int], limit: int) -> Iterator[str]:
    """Names whose files together fit into a zip of `limit` bytes, in an order of chance that is the same each time."""
    room = limit - END
    for name in sorted(sizes, key=lambda name: hashlib.sha256(name.encode()).digest()):
        need = sizes[name] + ENTRY + 2 * len(f"{FOLDER}/{name}".encode())
        if need <= room:
            room -= need
            yield name


def unpack(file: Path, runs: Path) -> tuple[Path, Shard]:
    """Makes the shard of a packed run in `runs`/RUN/shard, or goes on making it; where it is, and the shard."""
    runs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=runs) as scratch:
        try:
            with ZipFile(file) as packed:
                plan = json.loads(packed.read(PLAN))
                packed.extractall(scratch)
            run, recipe = plan["run"], ShardRecipe(**plan["shard"])
        except (BadZipFile, KeyError, TypeError, ValueError) as error:
            raise MediaError(f"{file} is no packed run, or was cut in half ({error}): pack it again.") from error
        if not re.fullmatch(r"\w[\w.-]*", run):
            raise MediaError(f"{file} is of a run with a name that is no folder ({run!r}): pack it again.")
        folder = runs / run / "shard"
        return folder, write_shard(Path(scratch) / FOLDER, folder, recipe)
