"""A database of every released schema is carried to today's, with all its rows."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.upgrades.make import FOLDER

ROWS = """
import json, django
django.setup()
from accounts.models import User
from videos.models import Segment, Upscale, Video
print(json.dumps([
    sorted(User.objects.values_list("email", "is_superuser", "max_videos")),
    sorted(Video.objects.values_list("owner__email", "name", "state", "size", "sha256")),
    sorted(Upscale.objects.values_list("video__name", "model", "scale", "precision", "state", "size", "reason")),
    sorted(Segment.objects.values_list("upscale__state", "number", "start", "stop", "state")),
]))
"""

# The same, of the tables as they were: these columns have been there since the first schema.
OLD_ROWS = (
    "select email, is_superuser, max_videos from accounts_user order by 1",
    "select email, name, state, size, sha256 from videos_video v join accounts_user u on u.id = owner_id",
    "select name, model, scale, precision, j.state, j.size, j.reason from videos_upscale j"
    " join videos_video v on v.id = video_id",
    "select j.state, number, start, stop, s.state from videos_segment s join videos_upscale j on j.id = upscale_id",
)


def run(folder: Path, *command: str) -> str:
    environment = {**os.environ, "VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "vsrsite.settings"}
    done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("dump", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.stem)
def test_a_released_schema_is_migrated_with_its_rows(dump: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "db.sqlite3")
    connection.executescript(dump.read_text(encoding="utf-8"))
    before = [sorted(connection.execute(query).fetchall()) for query in OLD_ROWS]
    connection.close()
    assert all(before)
    run(tmp_path, "manage.py", "migrate", "--verbosity", "0")
    run(tmp_path, "manage.py", "migrate", "--check")
    assert json.loads(run(tmp_path, "-c", ROWS)) == [[list(row) for row in rows] for rows in before]
