"""The profile `s3` of compose.yaml: from an upload to a result through a bucket, in real containers."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.compose import Compose, enlarged
from tests.duf.clips import Sound, make
from tests.person import Person

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(3000)]

SETTINGS = {
    "COMPOSE_PROFILES": "s3",
    "S3_ENDPOINT": "http://s3:9000",
    "S3_BUCKET": "vsr",
    "S3_KEY_ID": "vsr",
    "S3_SECRET": "a-secret-of-the-tests",
    "S3_REDIRECT": "0",
}

FILES = "find /data/media -type f -size +1k"

# Where rclone's own image cannot be had: the same program out of its package.
STAND_IN = "FROM debian:bookworm-slim\nCOPY rclone /usr/local/bin/rclone\n"
OVERRIDE = "services: {s3: {image: vsr-test-rclone, build: ./rclone}}\n"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Compose]:
    os.nice(19)
    site = Compose(tmp_path, **SETTINGS)
    if not site.has_image_of("s3"):
        stand_in(site.folder)
    try:
        site.up("--build")
        yield site
    finally:
        site.down()


def stand_in(folder: Path) -> None:
    program = shutil.which("rclone")
    if program is None:
        pytest.skip("neither rclone's image nor its program is here (requirements-long.txt)")
    (folder / "rclone").mkdir()
    shutil.copy(program, folder / "rclone" / "rclone")
    (folder / "rclone" / "Dockerfile").write_text(STAND_IN)
    (folder / "compose.override.yaml").write_text(OVERRIDE)


def test_a_video_goes_through_the_bucket(site: Compose, tmp_path: Path) -> None:
    person = Person(site.url)
    person.sign_in()
    before = site.inside("web", FILES)
    clip = make(tmp_path / "clip.mp4", frames=48, size=(160, 120), sounds=[Sound()])
    address, page = enlarged(person, clip)
    assert hashlib.sha256(person.get(address).content).hexdigest() in page
    assert person.get(address, headers={"Range": "bytes=100-199"}).status_code == 206

    kept = site.inside("s3", "find /bucket/vsr -type f -size +1k").splitlines()
    assert any(path.endswith("/source") for path in kept), kept
    end = time.monotonic() + 60
    while (left := site.inside("web", FILES)) != before:  # which may be those of another run
        assert time.monotonic() < end, left
        time.sleep(1)  # a page or a worker may still read what it has fetched
