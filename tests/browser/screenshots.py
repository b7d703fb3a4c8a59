"""`make screenshots`: every page, wide and narrow, light and dark, in every language, into screenshots/."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import ROOT
from tests.browser.furnished import Furnished, Place

pytestmark = pytest.mark.timeout(1800)

FOLDER = ROOT / "screenshots"
WIDTHS, SCHEMES = (1280, 360), ("light", "dark")
EXTREMES = (320, 2560)  # of the main pages
README = {  # its pictures: of which page, and how much of it
    "first-day": ("empty-en-1280-light", 700),
    "videos": ("dashboard-en-1280-dark", 900),
    "choices": ("video-fresh-en-1280-light", 800),
    "order": ("queue-en-360-dark", 680),
}
README_WIDTH = 800
ALL_PICTURES = """() => Promise.allSettled([...document.images].map((picture) => {
    picture.loading = "eager";
    return picture.decode();
}))"""
LANGUAGES = [code for code, _ in settings.LANGUAGES] if settings.is_overridden("LANGUAGES") else ["en"]


def test_every_page_is_drawn_and_none_is_wider_than_its_window(
    furnished: Furnished, page: Page, live_server: LiveServer, settings: Settings
) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 3600  # all are drawn by one sign-in
    browser, wide = page.context.browser, list[str]()
    assert browser
    FOLDER.mkdir(exist_ok=True)
    for language, width, scheme in product(LANGUAGES, WIDTHS, SCHEMES):
        wide += draw(browser, live_server.url, furnished, furnished.places(), (language, width, scheme))
    for width in EXTREMES:
        wide += draw(browser, live_server.url, furnished, furnished.main_places(), ("en", width, "light"))
    draw_readme()
    assert wide == []


def draw_readme() -> None:
    """The pictures of the README, small, into screenshots/readme/, to be looked at and put into docs/images/."""
    (FOLDER / "readme").mkdir(exist_ok=True)
    for name, (page, height) in README.items():
        with Image.open(FOLDER / f"{page}.png") as whole:
            part = whole.convert("RGB").crop((0, 0, whole.width, height))
        part.thumbnail((README_WIDTH, height), Image.Resampling.LANCZOS)
        part.quantize(256, kmeans=1).save(FOLDER / "readme" / f"{name}.png", optimize=True)


def draw(
    browser: Browser, site: str, furnished: Furnished, places: Iterable[Place], how: tuple[str, int, str]
) -> list[str]:
    """Draw these pages so; the names of those that are wider than the window."""
    language, width, scheme = how
    window = {"width": width, "height": 800}
    context = browser.new_context(locale=language, viewport=window, color_scheme=scheme, reduced_motion="reduce")
    page, wide = context.new_page(), list[str]()
    for place in places:
        furnished.go_to(place, page, site)
        page.wait_for_load_state("load")
        page.evaluate(ALL_PICTURES)
        name = f"{place.name}-{language}-{width}-{scheme}"
        page.screenshot(path=Path(FOLDER, f"{name}.png"), full_page=True)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(name)
    context.close()
    return wide
