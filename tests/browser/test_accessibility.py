"""Every page looked through by axe-core: wide and narrow, in both schemes and both languages."""

from itertools import product
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.furnished import Furnished, Place

pytestmark = pytest.mark.timeout(240)
Scheme = Literal["light", "dark"]
ALL = {"resultTypes": ["violations"]}
FIRST, *OTHERS = product(("light", "dark"), ("en", "ko"), (1280, 360))


def found(axe: Axe, page: Page, place: Place) -> list[str]:
    violations = axe.run(page, options=ALL).response["violations"]
    return [f"{place.name}: {one['id']}: {node['html'][:160]}" for one in violations for node in one["nodes"]]


@pytest.mark.parametrize(
    ("scheme", "language", "width"), [FIRST, *(pytest.param(*how, marks=pytest.mark.long) for how in OTHERS)]
)
def test_axe_finds_nothing_on_any_page(
    furnished: Furnished, page: Page, live_server: LiveServer, scheme: Scheme, language: str, width: int
) -> None:
    axe, faults = Axe(), list[str]()
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_extra_http_headers({"Accept-Language": language})
    for place in furnished.places():
        furnished.go_to(place, page, live_server.url)
        faults += found(axe, page, place)
    assert "\n".join(faults) == ""
