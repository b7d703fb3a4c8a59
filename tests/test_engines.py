"""What the site does on SQLite and files it does on PostgreSQL and Redis: the same tests, real servers."""

import os
import subprocess
import sys

import pytest

from tests import network
from tests.servers import postgresql, redis
from tests.videos.test_load import free_port
from vsrsite.paths import BASE_DIR

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


def run(*words: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=BASE_DIR,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_site_behaves_the_same_on_postgresql_and_redis() -> None:
    with postgresql() as database, redis() as cache:
        run("tests/videos", "tests/accounts", DATABASE_URL=database.url, REDIS_URL=cache.url)


def test_several_hosts_share_one_queue() -> None:
    ports = free_port(), free_port()
    far = {
        "FAR_DATABASE_URL": f"postgresql://vsr@{network.NEAR}:{ports[0]}/vsr",
        "FAR_REDIS_URL": f"redis://{network.NEAR}:{ports[1]}/0",
    }
    with network.cabled(), postgresql(network.NEAR, ports[0]) as database, redis(network.NEAR, ports[1]) as cache:
        run("-m", "servers", DATABASE_URL=database.url, REDIS_URL=cache.url, **far)
