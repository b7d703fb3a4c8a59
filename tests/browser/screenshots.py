"""`make screenshots`: every page, wide and narrow, light and dark, in every language, into screenshots/."""

from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import ROOT
from tests.browser.furnished import Furnished

pytestmark = pytest.mark.timeout(1800)

FOLDER = ROOT / "screenshots"
WIDTHS, SCHEMES = (1280, 360), ("light", "dark")
LANGUAGES = [code for code, _ in settings.LANGUAGES] if settings.is_overridden("LANGUAGES") else ["en"]


def test_every_page_is_drawn_and_none_is_wider_than_its_window(
    furnished: Furnished, page: Page, live_server: LiveServer
) -> None:
    browser, wide = page.context.browser, list[str]()
    assert browser
    FOLDER.mkdir(exist_ok=True)
    for language, width, scheme in product(LANGUAGES, WIDTHS, SCHEMES):
        wide += draw_all(browser, live_server.url, furnished, language, width, scheme)
    assert wide == []


def draw_all(browser: Browser, site: str, furnished: Furnished, language: str, width: int, scheme: str) -> list[str]:
    """Draw every page so; the names of those that are wider than the window."""
    window = {"width": width, "height": 800}
    context = browser.new_context(locale=language, viewport=window, color_scheme=scheme, reduced_motion="reduce")
    page, wide = context.new_page(), list[str]()
    for place in furnished.places():
        furnished.go_to(place, page, site)
        page.wait_for_load_state("load")
        name = f"{place.name}-{language}-{width}-{scheme}"
        page.screenshot(path=Path(FOLDER, f"{name}.png"), full_page=True)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(name)
    context.close()
    return wide
