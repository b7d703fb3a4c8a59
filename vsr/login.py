"""Which site, and with which token: from the environment, or as `vsr login` wrote it down."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from vsr.troubles import SignedOut


@dataclass(frozen=True)
class Login:
    url: str
    token: str


def find() -> Login:
    """VSR_URL and VSR_TOKEN go before what is written down. Raises `SignedOut` if there is neither."""
    kept = _kept()
    url, token = os.environ.get("VSR_URL", kept.url), os.environ.get("VSR_TOKEN", kept.token)
    if not url or not token:
        raise SignedOut("You are not signed in; run `vsr login https://your.site` first.")
    return Login(url.rstrip("/"), token)


def keep(login: Login) -> None:
    """Write it down where only this user can read it."""
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as target:
        json.dump(asdict(login), target)
    path.chmod(0o600)


def file() -> Path:
    return folder("XDG_CONFIG_HOME", ".config") / "login.json"


def folder(variable: str, usual: str) -> Path:
    """This program's folder for one kind of file, where the system keeps that kind."""
    return Path(os.environ.get(variable) or Path.home() / usual) / "vsr"


def _kept() -> Login:
    try:
        return Login(**json.loads(file().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Login("", "")
