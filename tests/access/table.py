"""The table as it is read, and the addresses that the site has."""

from collections.abc import Iterator
from pathlib import Path

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver

FILES = sorted((Path(__file__).parent / "table").glob("*.txt"))

PEOPLE = ("anonymous", "blocked", "owner", "full", "other", "staff", "share-link", "expired-link")
LINKS = ("share-link", "expired-link")

# How each column asks: a method and headers.
TUNNEL = {"X-HTTP-Method-Override": "DELETE"}
ASKED: dict[str, tuple[str, dict[str, str]]] = {
    "GET": ("GET", {}),
    "Range": ("GET", {"Range": "bytes=0-1"}),
    "HEAD": ("HEAD", {}),
    "OPTIONS": ("OPTIONS", {}),
    "POST": ("POST", {}),
    "tunnel": ("POST", TUNNEL),  # as tus clients send DELETE where only GET and POST get through
    "PUT": ("PUT", {}),
    "PATCH": ("PATCH", {}),
    "DELETE": ("DELETE", {}),
}
UNSAFE = ("POST", "tunnel", "PUT", "PATCH", "DELETE")


def addresses(within: URLResolver, before: str = "") -> Iterator[str]:
    """Every address that the site answers, as its patterns spell it."""
    for pattern in within.url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield simplify_regex(here)
        else:
            yield from addresses(pattern, here)


ADDRESSES = list(dict.fromkeys(addresses(get_resolver())))
ADMIN = [address for address in ADDRESSES if address.startswith("/admin/")]


def rows() -> dict[str, dict[str, list[str]]]:
    """Address -> person -> answers in the order of ASKED."""
    found: dict[str, dict[str, list[str]]] = {}
    for line in (line for file in FILES for line in file.read_text().splitlines()):
        words = line.split()
        if line.startswith("/"):
            assert line not in found, f"{line} stands in two places"
            found[line] = {}
        elif people := [word for word in words if word in PEOPLE]:
            found[list(found)[-1]] |= dict.fromkeys(people, words[len(people) :])
    for answers in found.values():
        for person in LINKS:
            answers.setdefault(person, answers.get("anonymous", []))
    return found


def spelled(address: str, got: dict[str, list[str]]) -> str:
    """Answers as rows of the table."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for person, words in got.items():
        alike.setdefault(tuple(words), []).append(person)
    lines = [f"  {' '.join(people):42}" + "".join(f"{word:8}" for word in words) for words, people in alike.items()]
    return "\n".join([address, *(line.rstrip() for line in lines)])
