"""Results to the disk: a download that was cut goes on, and nothing is overwritten."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import requests

from vsr.site import Row, Site
from vsr.troubles import Trouble, Unreachable

PIECE = 1 << 20  # bytes
Progress = Callable[[int, int], None]


def download(site: Site, upscale: Row, folder: Path, progress: Progress) -> Path:
    """Fetch the result of a finished conversion; where it is. Raises `Trouble`."""
    if upscale["download"] is None:
        raise Trouble(f"{upscale['name']} is {upscale['state']}, there is nothing to download yet.")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / Path(upscale["name"]).name
    part = folder / f"{upscale['id']}.part"
    if target.exists():
        return _the_same(target, upscale)
    _fetch(site, upscale, part, progress)
    if _sha256(part) != upscale["sha256"]:
        part.unlink()
        raise Trouble(f"{target.name} changed on its way; download it again.")
    part.rename(target)
    return target


def _the_same(target: Path, upscale: Row) -> Path:
    if _sha256(target) != upscale["sha256"]:
        raise Trouble(f"{target} is another file; move it away, or choose another folder with --output.")
    return target


def _fetch(site: Site, upscale: Row, part: Path, progress: Progress) -> None:
    size = upscale["size"]
    arrived = part.stat().st_size if part.exists() else 0
    if arrived == size:
        return
    path = f"/upscales/{upscale['id']}/download"
    with site.stream(path, arrived) as response, part.open("ab" if response.status_code == 206 else "wb") as file:
        try:
            for piece in response.iter_content(PIECE):
                file.write(piece)
                progress(file.tell(), size)
        except requests.RequestException as error:
            raise Unreachable("The connection was lost; run the same command again, the download goes on.") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
