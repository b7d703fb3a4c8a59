"""What the environment says while the tests run: data in a temporary folder. Imported before the settings."""

import os
import tempfile
from pathlib import Path

FOLDER = tempfile.TemporaryDirectory(prefix="vsr-tests-")
VAR_DIR = Path(FOLDER.name)

os.environ.update(
    VAR_DIR=FOLDER.name,
    SECRET_KEY="for tests only",
    DISK_RESERVE_BYTES="0",
    UPLOADS_PER_HOUR="0",
    JOBS_PER_HOUR="0",
)
for name in ("media", "static"):
    (VAR_DIR / name).mkdir()
