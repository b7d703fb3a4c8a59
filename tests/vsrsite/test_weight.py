"""What a browser has to fetch before it shows a page, and that no more of it is kept than is used."""

import gzip
import re
from html import unescape
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.models import User
from vsrsite.paths import BASE_DIR

LINKED = re.compile(
    r'(?:<script src|<link rel="(?:stylesheet|icon)" href|<link rel="stylesheet" href)="/static/([^"]+)"'
)
MOST = 100_000  # bytes as they come over the wire
CLASSES = re.compile(r"\.([a-z][\w-]*)")


def weight(page: str) -> int:
    """Of the page and all that it links, packed as the server packs it."""
    files = [finders.find(unescape(name)) for name in LINKED.findall(page)]
    assert files and all(files)
    contents = [page.encode(), *(Path(str(file)).read_bytes() for file in files)]
    return sum(len(gzip.compress(content, 6)) for content in contents)


def test_the_first_page_is_light_even_unpacked(client: Client, alice: User) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert weight(page) < MOST / 4


def test_the_dashboard_is_light_before_its_posters(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert weight(client.get("/").content.decode()) < MOST


@pytest.mark.parametrize("sheet", sorted((BASE_DIR / "static/site").glob("*.css")), ids=lambda sheet: sheet.stem)
def test_every_class_of_a_stylesheet_is_used(sheet: Path) -> None:
    """Somewhere in a template, a script or the words of the code."""
    places = [*(BASE_DIR / "templates").rglob("*.*"), *(BASE_DIR / "static/site").glob("*.js")]
    places += [*(BASE_DIR / "videos").rglob("*.py"), *(BASE_DIR / "accounts").glob("*.py")]
    text = "\n".join(place.read_text() for place in places)
    rules = re.sub(r"/\*.*?\*/|\{[^{}]*\}", "", sheet.read_text(), flags=re.DOTALL)
    names = {re.sub(r"^at-\d+$", "at-", name) for name in CLASSES.findall(rules)}
    assert [name for name in sorted(names) if name not in text] == []
