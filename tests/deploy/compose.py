"""The site of compose.yaml in real containers: from a copy of the repository, with an .env of its own."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from tests.person import EMAIL, PASSWORD, Person
from tests.videos.test_load import free_port
from vsrsite.paths import BASE_DIR

PROJECT = "vsr-test"
LEFT_OUT = shutil.ignore_patterns(".*_cache", ".env", ".git", ".venv", "__pycache__", "node_modules", "runs", "var")


class Compose:
    """`up` builds and starts everything, `down` removes it with its volumes. `settings` go into its .env."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder / "site"
        shutil.copytree(BASE_DIR, self.folder, ignore=LEFT_OUT)
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}"
        self._command = [*os.environ.get("COMPOSE", "docker compose").split(), "-p", PROJECT]
        subprocess.run(["make", ".env"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        ours = {"PUBLISH": address, "SITE_URL": self.url, "DISK_RESERVE_BYTES": "0"}
        ours |= {"ADMIN_EMAIL": EMAIL, "ADMIN_PASSWORD": PASSWORD, **settings}
        with (self.folder / ".env").open("a") as file:
            file.write("\n" + "".join(f"{name}={value}\n" for name, value in ours.items()))

    def up(self, *options: str) -> float:
        """Start it; the seconds until it answers."""
        start = time.monotonic()
        self.run("up", "-d", *options)
        Person(self.url).wait_for_site(300)
        return time.monotonic() - start

    def down(self) -> None:
        self.run("down", "-v")

    def has_image_of(self, service: str) -> bool:
        """Whether the image that compose.yaml names can be had."""
        done = subprocess.run([*self._command, "pull", service], cwd=self.folder, capture_output=True, check=False)
        return done.returncode == 0

    def inside(self, service: str, command: str) -> str:
        """What a shell in a container of this service says."""
        return self.run("exec", "-T", service, "sh", "-c", command)

    def run(self, *words: str) -> str:
        command = [*self._command, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout


def enlarged(person: Person, clip: Path) -> tuple[str, str]:
    """Upload a clip and have it made larger; where the result is, and the page that says so."""
    video = person.upload(clip)
    person.page_with(video, 'name="scale"', 120)
    person.send_form(f"{video}convert/", model="stream", scale="2")
    page = person.page_with(video, "/download/", 600)
    found = re.search(r'[^"]+/download/', page)
    assert found
    return person.url + found[0], page
