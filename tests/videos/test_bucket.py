"""The whole way through a real S3: uploaded in parts, enlarged on a host without the file, joined, sent, deleted.

`rclone serve s3` is the server, started by the test. It forgets unfinished uploads when it dies, as some others do not.
"""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from duf.media import Index, index
from tests.duf.clips import Sound, make
from tests.environment import VAR_DIR
from tests.person import Person
from tests.servers import KEY, SECRET, Server, s3
from tests.videos.site import Site, convert, ended, ready
from tests.videos.test_load import free_port
from videos import samples
from videos.measured import Trial
from videos.models import Segment, Upscale, Video
from videos.work.sweeping import sweep
from vsrsite.paths import BASE_DIR

PIECES = [(start, start + 48) for start in range(0, 192, 48)]
PADDING = 20 << 20  # bytes that no player reads: so the upload has several parts
PIECE = 8 << 20  # bytes that the page sends at once
AWAY_SECONDS = 8  # longer than a lease

pytestmark = [
    pytest.mark.long,
    pytest.mark.usefixtures("shared_media", "hurry"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
]

TUS = {"Tus-Resumable": "1.0.0"}


def where(url: str, **others: str) -> dict[str, str]:
    names = {"S3_ENDPOINT": url, "S3_BUCKET": "vsr", "S3_KEY_ID": KEY, "S3_SECRET": SECRET, "S3_PREFIX": "site/"}
    return names | others


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    with s3(free_port()) as server:
        for name, value in where(server.url).items():
            setattr(settings, name, value)
        yield server


@pytest.fixture
def sites(server: Server) -> Iterator[dict[str, Site]]:
    """Web and light on one host, heavy on another; they share the database and the bucket, and no folder."""
    address = f"127.0.0.1:{free_port()}"
    far = VAR_DIR / "far"
    far.mkdir(exist_ok=True)
    User.objects.create_user("a@example.org")
    common = where(server.url, SITE_URL=f"http://{address}", BIND=address, MEDIA_DIR=str(VAR_DIR / "media"))
    made = {"near": Site("web", "light", **common), "far": Site("heavy", **common | {"MEDIA_DIR": str(far)})}
    try:
        yield made
    finally:
        for site in made.values():
            site.stop()


@pytest.fixture
def person(sites: dict[str, Site]) -> Person:
    person = Person(sites["near"]._environment["SITE_URL"])
    person.wait_for_site(60)
    browser = Client()
    browser.force_login(User.objects.get())
    person.cookies.set("sessionid", browser.cookies["sessionid"].value)
    person.get(person.url)  # for the proof that our own page asks
    return person


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A short film in a large file."""
    path = make(tmp_path / "clip.mp4", frames=PIECES[-1][1], size=(400, 300), sounds=[Sound()])
    with path.open("ab") as file:
        file.write((PADDING + 8).to_bytes(4, "big") + b"free" + os.urandom(PADDING))
    return path


def announce(person: Person, clip: Path) -> tuple[str, dict[str, str]]:
    headers = TUS | {"X-CSRFToken": person.cookies["csrftoken"], "Referer": person.url}
    size = {"Upload-Length": str(clip.stat().st_size)}
    return person.url + person.post(f"{person.url}/uploads/", headers=headers | size).headers["Location"], headers


def bring(person: Person, url: str, headers: dict[str, str], clip: Path, pieces: int = 10) -> None:
    """Some pieces of the file, as the page sends them: from where the server says it stands."""
    content = clip.read_bytes()
    for _ in range(pieces):
        at = int(person.head(url, headers=headers).headers["Upload-Offset"])
        if at == len(content):
            return
        more = {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        person.patch(url, data=content[at : at + PIECE], headers=headers | more)


def kept(server: Server) -> list[str]:
    """Without what rclone itself was just writing when it was killed."""
    paths = (path for path in server.kept.rglob("*") if path.is_file() and not path.name.startswith(".rclone_temp"))
    return sorted(str(path.relative_to(server.kept)) for path in paths)


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def stolen(site: Site) -> int:
    """Bytes that lie in the far host's own folder."""
    return sum(path.stat().st_size for path in on_disk(VAR_DIR / "far"))


def test_from_upload_to_deletion(
    server: Server, sites: dict[str, Site], person: Person, clip: Path, media_root: Path
) -> None:
    near, far = sites["near"], sites["far"]
    url, headers = announce(person, clip)
    bring(person, url, headers, clip, pieces=2)
    server.kill()
    assert person.patch(url, data=b"x", headers=headers | {"Upload-Offset": "0"}).status_code in {415, 503}
    server.start()
    bring(person, url, headers, clip)
    video = Video.objects.get()
    assert video.state != Video.State.UPLOADING
    near.wait_until(lambda: ready(video), 120)
    video.refresh_from_db()
    assert video.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()

    undisturbed = convert(video, PIECES)
    most = 0
    while not ended(undisturbed):
        most = max(most, stolen(far))
        far.look_after()
        time.sleep(0.2)
    assert most < clip.stat().st_size / 4, "the worker took all of the source"
    start, stop = samples.ask(video, 0, [("bicubic", 2)])
    sample = video.upscales.get(sample=True)
    near.wait_until(lambda: ended(sample), 120)
    frames = person.get(person.url + reverse("videos:stretch", args=[video.pk, start, stop]))
    assert frames.headers["Content-Type"] == "video/mp4" and len(index(saved(frames.content, clip))) == stop - start
    job = convert(video, PIECES)
    far.wait_until(lambda: Segment.objects.filter(upscale=job, state="running").exists(), 60)
    server.kill()
    assert person.get(person.url).status_code == 200
    assert person.get(f"{person.url}/readyz").status_code == 503
    time.sleep(AWAY_SECONDS)
    server.start()
    far.wait_until(lambda: ended(job), 180)
    results = [download(person, made, clip) for made in (undisturbed, job, sample)]
    assert np.array_equal(results[0].pts, results[1].pts) and len(results[2]) == stop - start
    assert np.array_equal(results[0].crc, results[1].crc)
    assert not any(made.damaged for made in results)

    far.wait_until(lambda: not Trial.objects.exclude(state=Trial.State.DONE).exists(), 120)
    sweep()
    for folder in (VAR_DIR / "far", media_root):
        assert on_disk(folder) == []
    assert len([name for name in kept(server) if "/result-" in name]) == 3
    person.send_form(f"/videos/{video.pk}/delete/")
    assert not Video.objects.exists()
    assert kept(server) == []


def download(person: Person, job: Upscale, clip: Path) -> Index:
    """A result's frames, when it has come whole from the bucket itself, and in part."""
    job.refresh_from_db()
    assert job.state == Upscale.State.DONE, job.reason
    sent = person.get(f"{person.url}/results/{job.pk}/download/", allow_redirects=False)
    assert sent.status_code == 302 and "X-Amz-Signature" in sent.headers["Location"]
    whole = requests.get(sent.headers["Location"], timeout=30)
    assert hashlib.sha256(whole.content).hexdigest() == job.sha256
    assert whole.headers["Content-Disposition"].startswith("attachment")
    part = requests.get(sent.headers["Location"], headers={"Range": "bytes=100-199"}, timeout=30)
    assert part.content == whole.content[100:200]
    assert requests.get(sent.headers["Location"].partition("?")[0], timeout=30).status_code >= 400
    return index(saved(whole.content, clip))


def saved(content: bytes, clip: Path) -> Path:
    path = clip.with_name(f"{hashlib.sha256(content).hexdigest()}.mp4")
    path.write_bytes(content)
    return path


def prepared(**environment: str) -> str:
    """What `manage.py prepare` says with these settings."""
    command = [sys.executable, "manage.py", "prepare", "--no-static"]
    values = os.environ | environment | {"DJANGO_SETTINGS_MODULE": "vsrsite.settings"}
    return subprocess.run(command, cwd=BASE_DIR, env=values, capture_output=True, text=True, check=False).stderr


def test_wrong_settings_are_named_at_the_start(server: Server) -> None:
    connection.close()
    assert prepared(**where(server.url)) == ""
    wrong = {
        "S3_SECRET": ("wrong", "S3_SECRET does not fit S3_KEY_ID; correct it."),
        "S3_KEY_ID": ("wrong", "S3_"),
        "S3_BUCKET": ("nope", "S3_BUCKET: there is no bucket 'nope'; make it, or correct the name."),
        "S3_ENDPOINT": ("http://127.0.0.1:9", "does not answer"),
    }
    for name, (value, said) in wrong.items():
        assert said in prepared(**where(server.url) | {name: value})
    with s3(free_port(), "--read-only") as read_only:
        assert "S3_" in prepared(**where(read_only.url))
