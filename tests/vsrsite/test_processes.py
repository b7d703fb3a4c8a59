"""What the site's processes load and refuse."""

import os
import subprocess
import sys
from pathlib import Path

HEAVY = ("tensorflow", "keras")


def run(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_the_sites_processes_never_import_the_network() -> None:
    modules = "vsrsite.wsgi", "videos.tasks", "videos.admin", "vsrsite.urls", "videos.management.commands.cluster"
    code = f"""
import sys, django
django.setup()
for name in {modules!r}: __import__(name)
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    assert run(code).stdout.strip() == "[]"


def test_the_site_refuses_to_start_without_a_secret_key(tmp_path: Path) -> None:
    result = run(
        "import vsrsite.settings", SECRET_KEY="", VAR_DIR=str(tmp_path), DJANGO_SETTINGS_MODULE="vsrsite.settings"
    )
    assert result.returncode and "There is no secret key" in result.stderr


def test_the_site_refuses_to_start_with_a_secret_key_from_an_example() -> None:
    result = run("import vsrsite.settings", SECRET_KEY="change-me", DJANGO_SETTINGS_MODULE="vsrsite.settings")
    assert result.returncode and "guessed first" in result.stderr


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    make = "from vsrsite.secret_key import ensure; ensure()"
    run(make, SECRET_KEY="", VAR_DIR=str(tmp_path))
    key = tmp_path / "secret_key"
    first = key.read_text()
    run(make, SECRET_KEY="", VAR_DIR=str(tmp_path))
    assert len(first) > 50 and key.read_text() == first
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_cluster_forks_nobody_with_a_connection_to_the_database(tmp_path: Path) -> None:
    code = """
import os, django
django.setup()
from django.db import connection, connections
from videos.management.commands.cluster import prepare_forks
prepare_forks()
connection.ensure_connection()
files = lambda: [os.readlink(f"/proc/self/fd/{n}") for n in range(3, 30) if os.path.islink(f"/proc/self/fd/{n}")]
assert any("db.sqlite3" in name for name in files())
if child := os.fork():
    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os._exit(sum("db.sqlite3" in name for name in files()))
"""
    result = run(code, VAR_DIR=str(tmp_path), SECRET_KEY="some long key of a test, not guessed", DATABASE_URL="")
    assert result.returncode == 0, result.stderr
