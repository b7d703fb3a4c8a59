"""The site of compose.yaml in real containers: from a copy of the repository, with an .env of its own."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import requests

from tests.videos.test_load import free_port
from vsrsite.paths import BASE_DIR

PROJECT = "vsr-test"
EMAIL = "admin@example.org"
PASSWORD = "one long sentence of mine"
LEFT_OUT = shutil.ignore_patterns(".*_cache", ".env", ".git", ".venv", "__pycache__", "node_modules", "runs", "var")


class Compose:
    """`up` builds and starts everything, `down` removes it with its volumes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "site"
        shutil.copytree(BASE_DIR, self.folder, ignore=LEFT_OUT)
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}"
        self._command = [*os.environ.get("COMPOSE", "docker compose").split(), "-p", PROJECT]
        subprocess.run(["make", ".env"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        with (self.folder / ".env").open("a") as settings:
            settings.write(
                f"\nPUBLISH={address}\nSITE_URL={self.url}\nDISK_RESERVE_BYTES=0\nWORKERS=2\n"
                f"ADMIN_EMAIL={EMAIL}\nADMIN_PASSWORD={PASSWORD}\n"
            )

    def up(self, *options: str) -> float:
        """Start it; the seconds until it answers."""
        start = time.monotonic()
        self.run("up", "-d", *options)
        while not self.answers():
            assert time.monotonic() - start < 300, self.run("logs")
            time.sleep(1)
        return time.monotonic() - start

    def down(self) -> None:
        self.run("down", "-v")

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/accounts/login/", timeout=10).ok
        except requests.ConnectionError:
            return False

    def inside(self, service: str, command: str) -> str:
        """What a shell in a container of this service says."""
        return self.run("exec", "-T", service, "sh", "-c", command)

    def run(self, *words: str) -> str:
        command = [*self._command, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout


class Person(requests.Session):
    """Somebody with a browser."""

    def __init__(self, site: Compose) -> None:
        super().__init__()
        self.site = site

    def sign_in(self) -> None:
        self.get(f"{self.site.url}/accounts/login/")
        answer = self.send_form("/accounts/login/", login=EMAIL, password=PASSWORD)
        assert "logout" in answer.text

    def send_form(self, path: str, **fields: str) -> requests.Response:
        token = self.cookies["csrftoken"]
        answer = self.post(
            self.site.url + path,
            data={**fields, "csrfmiddlewaretoken": token},
            headers={"Referer": self.site.url, "Origin": self.site.url},
        )
        answer.raise_for_status()
        return answer

    def upload(self, file: Path) -> str:
        """By tus, as the page does it; the path of the video's page."""
        size = str(file.stat().st_size)
        protocol = {"Tus-Resumable": "1.0.0", "X-CSRFToken": self.cookies["csrftoken"], "Referer": self.site.url}
        created = self.post(f"{self.site.url}/uploads/", headers={**protocol, "Upload-Length": size})
        assert created.status_code == 201, created.text
        bytes_of = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        sent = self.patch(
            self.site.url + created.headers["Location"], data=file.read_bytes(), headers=protocol | bytes_of
        )
        assert sent.headers["Upload-Offset"] == size, sent.text
        return created.headers["Location"].replace("/uploads/", "/videos/")

    def page_with(self, path: str, text: str, seconds: float) -> str:
        """The page, once it says this."""
        end = time.monotonic() + seconds
        while text not in (page := self.get(self.site.url + path).text):
            assert time.monotonic() < end, f"{path} does not say {text!r}:\n{page}"
            time.sleep(1)
        return page
