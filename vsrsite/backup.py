"""A backup in a folder: the database of one moment, every file its rows vouch for, the key, the imported models.

Files are hard links where the folder is on the same disk, so that they cost no room, else copies; what is in a bucket
is fetched. manifest.json has the size and checksum of each. The site may go on meanwhile: files that it removes are
linked before the rows are read, files that it finishes are linked after.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from duf import weights
from videos.disk import copy_whole, link_or_copy
from videos.holdings import Holding, holdings
from videos.storage import PIECE, sha256, store
from vsrsite import snapshot
from vsrsite.paths import VAR_DIR
from vsrsite.secret_key import KEY_FILE

MANIFEST = "manifest.json"
MEDIA, MODELS, KEY = "media", "models", "secret_key"
TRIES = 10  # to find a moment whose files are all there


class BackupError(Exception):
    """A sentence that says why there is no backup, or why it is not put back."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: by path, [bytes, sha256]."""

    made: str
    migrations: list[str]
    files: dict[str, tuple[int, str]]


def make(folder: Path, portable: bool) -> tuple[Manifest, list[str]]:
    """Make a backup in a folder that is not there yet; also the files that rows want and the site has lost.

    It appears whole or not at all.
    """
    if folder.exists():
        raise BackupError(f"there is something at {folder} already; name a folder that is not there yet.")
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    lost = _take_media(partial, portable)
    _take_all(weights.imported(), partial / MODELS)
    if KEY_FILE.exists():
        link_or_copy(KEY_FILE, partial / KEY)
    files = {str(path.relative_to(partial)): _measured(path) for path in _files(partial)}
    manifest = Manifest(timezone.now().isoformat(), snapshot.migrations(), files)
    (partial / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
    partial.rename(folder)
    return manifest, lost


def read(folder: Path) -> Manifest:
    """The manifest, once every file of the backup has been found to be as it says."""
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {name: (size, checksum) for name, (size, checksum) in values["files"].items()}
        manifest = Manifest(values["made"], values["migrations"], files)
    except (OSError, ValueError, KeyError) as error:
        raise BackupError(f"{folder} is not a backup: {MANIFEST} cannot be read ({error}); use another.") from error
    if strange := [name for name in manifest.files if Path(name).is_absolute() or ".." in Path(name).parts]:
        raise BackupError(f"{folder} is no backup of ours: {strange[0]} would lie outside of it; use another.")
    for name, measured in manifest.files.items():
        if not (folder / name).is_file() or _measured(folder / name) != measured:
            raise BackupError(f"The backup is damaged: {name} is missing or not what it was; use another backup.")
    return manifest


def restore(folder: Path) -> Manifest:
    """Put a backup into an empty place, after checking all of it."""
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    _refuse_unless_empty()
    manifest = read(folder)
    _refuse_unless_fitting(manifest)
    targets = {MEDIA: Path(settings.MEDIA_ROOT), MODELS: weights.imported(), KEY: KEY_FILE}
    for name in manifest.files:
        kind, _, rest = name.partition("/")
        if kind in targets:
            put = store().bring_back if kind == MEDIA else copy_whole
            put(folder / name, targets[kind] / rest if rest else targets[kind])
    snapshot.put_back(folder)
    return manifest


def _refuse_unless_empty() -> None:
    media = Path(settings.MEDIA_ROOT)
    if any(store().paths(media)):
        where = f"The bucket {settings.S3_BUCKET}" if settings.S3_BUCKET else media
        raise BackupError(f"{where} is not empty; name a new one (VAR_DIR, S3_PREFIX), or move what is there away.")
    if "accounts_user" in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM accounts_user")
            if cursor.fetchone()[0]:
                raise BackupError("The database has people in it; restore into an empty one.")


def _refuse_unless_fitting(manifest: Manifest) -> None:
    known = set(snapshot.migrations())
    if later := set(manifest.migrations) - known:
        raise BackupError(f"The backup is of a later version (it has {min(later)}); install that one.")
    if snapshot.ROWS in manifest.files and set(manifest.migrations) != known:
        raise BackupError("The backup is of an earlier version; install that one, restore, and update then.")
    if snapshot.COPY in manifest.files and connection.vendor != "sqlite":
        raise BackupError("The backup is of SQLite; leave DATABASE_URL out, or make one with `backup --portable`.")


def _take_media(folder: Path, portable: bool) -> list[str]:
    """Take rows and files of the same moment; the files that rows want and the site has lost."""
    for _ in range(TRIES):
        for holding in holdings():
            place = _place(folder, holding)
            _take(holding, place, store().take_out) if holding.bytes is None else _hold(holding.path, place)
        with snapshot.taken(folder, portable) as alias:
            wanted = list(holdings(alias))
        missing = {holding.path for holding in wanted if not _take(holding, _place(folder, holding), store().take_out)}
        lost = missing and missing & {holding.path for holding in holdings()}
        if missing == lost:  # no matter how often we look
            break
    else:
        raise BackupError("the site removes files faster than they can be taken; try again when less goes on.")
    _keep_only({_place(folder, holding) for holding in wanted}, folder / MEDIA)
    return sorted(map(str, lost))


def _place(folder: Path, holding: Holding) -> Path:
    return folder / MEDIA / holding.path.relative_to(settings.MEDIA_ROOT)


def _take(holding: Holding, place: Path, take: Callable[[Path, Path], None]) -> bool:
    """Whether the file is there, or was a moment ago, and is in its place now, to which `take` brings it."""
    if holding.bytes is None and place.exists():
        return True
    place.parent.mkdir(parents=True, exist_ok=True)
    for source in (holding.path, _held(place)):
        with suppress(FileNotFoundError):
            if holding.bytes is None:
                take(source, place)
            else:
                _copy_beginning(source, place, holding.bytes)
            return True
    return False


def _hold(growing: Path, place: Path) -> None:
    """A link to a file that still grows, should it be removed before we know how much of it counts."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        os.link(growing, _held(place))


def _held(place: Path) -> Path:
    return place.with_name(f"{place.name}.growing")


def _keep_only(places: set[Path], folder: Path) -> None:
    for path in _files(folder):
        if path not in places:
            path.unlink()


def _copy_beginning(source: Path, target: Path, size: int) -> None:
    with source.open("rb") as reader, target.open("wb") as writer:
        while size and (piece := reader.read(min(size, PIECE))):
            writer.write(piece)
            size -= len(piece)


def _take_all(source: Path, target: Path) -> None:
    for path in _files(source):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(path, place)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _measured(path: Path) -> tuple[int, str]:
    return path.stat().st_size, sha256(path, lambda: None)
