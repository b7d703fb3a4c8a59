"""`docker compose up` from nothing to a finished upscale, and what the containers may do."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from duf.media import index
from tests.deploy import report
from tests.deploy.compose import Compose, enlarged
from tests.duf.clips import Sound, make
from tests.person import Person

ROLES = ("web", "light", "worker")
MIB = 1 << 20

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(3000)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    os.nice(19)
    site = Compose(tmp_path_factory.mktemp("deploy"), WORKERS="2")
    try:
        report.built(site.up("--build"))
        yield site
        report.write()
    finally:
        site.down()


@pytest.fixture(scope="module")
def person(site: Compose) -> Person:
    person = Person(site.url)
    person.sign_in()
    return person


def test_a_video_comes_back_larger(site: Compose, person: Person, tmp_path: Path) -> None:
    clip = make(tmp_path / "clip.mp4", frames=120, size=(160, 120), sounds=[Sound()])
    address, page = enlarged(person, clip)

    whole = person.get(address)
    assert whole.headers["Server"] == "nginx"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert whole.headers["Content-Disposition"].startswith("attachment")
    assert hashlib.sha256(whole.content).hexdigest() in page
    part = person.get(address, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    result = tmp_path / "result.mp4"
    result.write_bytes(whole.content)
    assert len(index(result)) == 120
    report.memory({role: int(site.inside(role, report.MEMORY)) for role in ROLES})


def test_files_are_sent_only_to_those_who_may_have_them(site: Compose, person: Person) -> None:
    assert person.get(f"{site.url}/files/").status_code == 404
    assert person.get(f"{site.url}/files/../secret_key").status_code == 404


def test_a_form_may_be_small_and_an_upload_large(site: Compose, person: Person) -> None:
    assert person.post(f"{site.url}/accounts/login/", data=bytes(2 * MIB)).status_code == 413
    protocol = {"Tus-Resumable": "1.0.0", "X-CSRFToken": person.cookies["csrftoken"], "Referer": site.url}
    created = person.post(f"{site.url}/uploads/", headers={**protocol, "Upload-Length": str(40 * MIB)})
    sent = person.patch(
        site.url + created.headers["Location"],
        data=bytes(40 * MIB),
        headers={**protocol, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
    )
    assert sent.status_code == 204


def test_pages_are_compressed(site: Compose, person: Person) -> None:
    assert person.get(f"{site.url}/accounts/login/").headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("role", ROLES)
def test_a_container_can_do_nothing_that_it_need_not(site: Compose, role: str) -> None:
    assert site.inside(role, "id -u").strip() == "10001"
    assert site.inside(role, "touch /app/x /usr/x 2>/dev/null || echo refused").strip() == "refused"
    status = site.inside(role, "cat /proc/self/status")
    assert re.search(r"CapEff:\s+0+\n", status) and re.search(r"CapBnd:\s+0+\n", status)
    assert re.search(r"NoNewPrivs:\s+1\n", status)
    assert site.inside(role, "command -v gcc cc clang zig ld as || true") == ""


def test_a_backup_is_made_while_the_site_goes_on(site: Compose) -> None:
    site.inside("web", "python manage.py backup /tmp/backup")
    assert "manifest.json" in site.inside("web", "ls /tmp/backup")


def test_the_image_adds_no_more_than_leaves_room_for_its_base_below_1_6_gb(site: Compose) -> None:
    assert report.image(site.inside("worker", report.BYTES)) < 1.4e9
