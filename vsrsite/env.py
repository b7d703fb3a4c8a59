"""Typed values from the environment. `NAME_FILE` may name a file that holds the value of `NAME`."""

import os
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable, or what stands in the file that `NAME_FILE` names, or the default."""
    if name in os.environ:
        return os.environ[name]
    file = os.environ.get(f"{name}_FILE")
    return _content(f"{name}_FILE", Path(file)) if file else default


def boolean(name: str, default: bool) -> bool:
    """A switch: 1/0, true/false, yes/no, on/off."""
    value = text(name, str(default)).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name}={value!r} is not a switch; use 1 or 0.")
    return value in TRUE


def integer(name: str, default: int, least: int = 0) -> int:
    """A whole number, `least` or more."""
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number; use digits only.")
    if int(value) < least:
        raise ImproperlyConfigured(f"{name}={value} is too few; use {least} or more, or leave it out.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, default: str, *others: str) -> str:
    """One of a few words."""
    value = text(name, default)
    if value not in {default, *others}:
        raise ImproperlyConfigured(f"{name}={value!r} is unknown; use {' or '.join((default, *others))}.")
    return value


def origin(name: str, default: str) -> str:
    """Scheme, host and perhaps port, as a browser shows them; a slash at the end does no harm."""
    value = text(name, default).rstrip("/")
    if not _is_origin(value):
        raise ImproperlyConfigured(
            f"{name}={value!r} is not an address of a site; use scheme and host alone, like https://vsr.example.org."
        )
    return value


def address(name: str) -> str:
    """Of a page, without a slash at its end; empty if there is none."""
    value = text(name).rstrip("/")
    if value and not _is_origin("/".join(value.split("/")[:3])):
        raise ImproperlyConfigured(
            f"{name}={value!r} is not the address of a page; use one like https://id.example.org/realms/home."
        )
    return value


def time_zone(name: str, default: str) -> str:
    """The name of a time zone."""
    value = text(name, default)
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not a time zone; use a name like Europe/Paris.") from error


def _content(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name}={str(file)!r} cannot be read ({error}); name a text file that this user may read."
        ) from error


def _is_origin(value: str) -> bool:
    try:
        parts = urlsplit(value)
        plain = value == f"{parts.scheme}://{parts.netloc}" and not parts.username
        return plain and parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
