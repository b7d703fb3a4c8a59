"""PostgreSQL or Redis dies in the middle of everything: nothing is lost, and the site goes on by itself."""

import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.duf.clips import make
from tests.person import EMAIL, PASSWORD, Person
from tests.servers import Server, postgresql, redis
from tests.videos.test_load import free_port
from vsrsite.paths import BASE_DIR

AWAY_SECONDS = 8  # longer than a lease

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("hurry"), pytest.mark.timeout(600)]


@pytest.fixture
def servers() -> Iterator[dict[str, Server]]:
    with postgresql() as database, redis() as cache:
        yield {"database": database, "cache": cache}


@pytest.fixture
def person(servers: dict[str, Server], tmp_path: Path) -> Iterator[Person]:
    """Signed in to a site that runs as `make run` runs it, on these servers."""
    address = f"127.0.0.1:{free_port()}"
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path / "var"),
        "SECRET_KEY": "for this test only",
        "DATABASE_URL": servers["database"].url,
        "REDIS_URL": servers["cache"].url,
        "BIND": address,
        "SITE_URL": f"http://{address}",
        "ADMIN_EMAIL": EMAIL,
        "ADMIN_PASSWORD": PASSWORD,
        "DISK_RESERVE_BYTES": "0",
        "LEASE_SECONDS": "5",
    }
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=BASE_DIR, env=environment, check=True)
    programs = tmp_path / "supervisord.conf"
    of_make_run = (BASE_DIR / "supervisord.conf").read_text()
    programs.write_text(of_make_run.replace("%(here)s", str(BASE_DIR)))
    with (tmp_path / "log").open("w") as log:
        command = ["supervisord", "-n", "-c", programs, "--pidfile", tmp_path / "pid"]
        site = subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=log, stderr=log)
    try:
        person = Person(f"http://{address}")
        person.wait_for_site(60)
        person.sign_in()
        yield person
    finally:
        site.terminate()
        site.wait(60)
        print((tmp_path / "log").read_text()[-8000:])


@pytest.mark.parametrize(("victim", "status"), [("database", 503), ("cache", 200)])
def test_a_job_outlives_a_server_that_dies_under_it(
    victim: str, status: int, servers: dict[str, Server], person: Person, tmp_path: Path
) -> None:
    video = person.upload(make(tmp_path / "clip.mp4", frames=480, size=(400, 300)))
    person.page_with(video, 'name="scale"', 60)
    person.send_form(f"{video}convert/", model="bicubic", scale="2")
    time.sleep(2)
    assert "/download/" not in person.get(person.url + video).text

    servers[victim].kill()
    assert person.get(person.url + video, timeout=30).status_code == status
    time.sleep(AWAY_SECONDS)
    servers[victim].start()

    assert person.get(person.url + video, timeout=30).status_code == 200
    page = person.page_with(video, "/download/", 180)
    found = re.search(r'[^"]+/download/', page)
    assert found
    assert hashlib.sha256(person.get(person.url + found[0]).content).hexdigest() in page
    later = person.upload(make(tmp_path / "later.mp4", frames=24))
    person.page_with(later, 'name="scale"', 90)
