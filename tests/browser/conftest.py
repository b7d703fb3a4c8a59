"""The whole site as `make run` starts it, on data of its own, and a headless browser in front of it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.furnished import Furnished

expect.set_options(timeout=30_000)  # the machine may be busy with other work

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",  # Chromium's own does not start for root, and it opens our pages alone
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Site:
    """Web, light and heavy: real processes on a folder of their own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.url = f"http://{self.address}"
        self.folder = folder
        self.log = (folder / "log").open("ab")
        self.environment = {
            "PATH": os.environ["PATH"],
            "VAR_DIR": str(folder / "var"),
            "SECRET_KEY": "for the browser test only",
            "SITE_URL": self.url,
            "DISK_RESERVE_BYTES": "0",
            "DEFAULT_MODEL": "bicubic",
            "ADMIN_EMAIL": "admin@example.org",
            "ADMIN_PASSWORD": "one long sentence of mine",
        }
        subprocess.run([sys.executable, "manage.py", "prepare"], **self._how(), check=True)
        self.web = self.start_web()
        self.clusters = [self._start("manage.py", "cluster", name) for name in ("light", "heavy")]

    def start_web(self) -> subprocess.Popen[bytes]:
        config = ("--config", "vsrsite/gunicorn.py", "--bind", self.address)
        self.web = self._start("-m", "gunicorn", *config, "vsrsite.wsgi")
        self._wait_for_web()
        return self.web

    def kill_web(self) -> None:
        """As a crash would: no process of it gets to say goodbye."""
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()

    def stop(self) -> None:
        for process in (self.web, *self.clusters):
            os.killpg(process.pid, signal.SIGKILL)  # nothing here is worth a slow goodbye
            process.wait()
        self.log.close()

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, *words], **self._how(), start_new_session=True)

    def _how(self) -> dict[str, object]:
        return {"cwd": ROOT, "env": self.environment, "stdout": self.log, "stderr": subprocess.STDOUT}

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=5).close()
                return
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"The site did not start:\n{(self.folder / 'log').read_text()[-2000:]}")


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.stop()


@pytest.fixture
def furnished(live_server: LiveServer) -> Furnished:
    """To be asked for before `page`: where a browser runs, Django opens no database."""
    return Furnished()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    if not CHROMIUM.exists():
        pytest.fail("The browser test needs Debian's Chromium; `make test` installs it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page()
        page.set_default_timeout(30_000)
        yield page
        browser.close()


@pytest.fixture
def nothing_to_complain_of(page: Page) -> Iterator[None]:
    """The browser finds no fault; the policy that forbids inline scripts and styles is among what it minds."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda line: found.append(line.text) if line.type in {"error", "warning"} else None)
    yield
    assert not found
