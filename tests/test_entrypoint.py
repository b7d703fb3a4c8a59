"""What a container does before its role begins."""

import os
import subprocess

from vsrsite.paths import BASE_DIR


def entered(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["./entrypoint.sh", *words],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_role_begins_without_a_secret_key() -> None:
    for role in ("web", "worker", "light", "migrate", "true"):
        refused = entered(role, SECRET_KEY="")
        assert refused.returncode and "There is no SECRET_KEY" in refused.stderr


def test_the_key_may_stand_in_a_file_and_a_command_is_run_as_it_is() -> None:
    assert entered("echo", "hello", SECRET_KEY_FILE="/run/secrets/key").stdout == "hello\n"
