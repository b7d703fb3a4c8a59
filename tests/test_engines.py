"""What the site does on SQLite and files it does on PostgreSQL and Redis: the same tests, real servers."""

import os
import subprocess
import sys

import pytest

from tests.servers import postgresql, redis
from vsrsite.paths import BASE_DIR

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def run_on_servers(*words: str) -> None:
    with postgresql() as database, redis() as cache:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=BASE_DIR,
            env={**os.environ, "DATABASE_URL": database.url, "REDIS_URL": cache.url},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stdout


def test_the_site_behaves_the_same_on_postgresql_and_redis() -> None:
    run_on_servers("tests/videos", "tests/accounts")


def test_several_hosts_share_one_queue() -> None:
    run_on_servers("-m", "servers")
