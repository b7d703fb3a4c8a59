"""The site of compose.yaml in real containers: from a copy of the repository, with an .env of its own."""

import os
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
        Person(self.url).wait_for_site(300)
        return time.monotonic() - start

    def down(self) -> None:
        self.run("down", "-v")

    def inside(self, service: str, command: str) -> str:
        """What a shell in a container of this service says."""
        return self.run("exec", "-T", service, "sh", "-c", command)

    def run(self, *words: str) -> str:
        command = [*self._command, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout
