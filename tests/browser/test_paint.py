"""That a page, once it stands, stays where it is; how soon it stands is told, and not judged, for machines differ.

Scripts, pictures and what pages fetch later come late here, so that what is moved by them is seen to move.
"""

import time
from typing import Any

import pytest
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from tests.browser.furnished import Furnished, Place

pytestmark = pytest.mark.timeout(240)

MOST_SHIFT = 0.01
AT_ONCE = {"document", "stylesheet"}
LATE = 0.15  # seconds

WATCH = """
window.seen = {paint: 0, shift: 0, moved: []};
new PerformanceObserver(list => list.getEntries().forEach(entry => {
    seen.paint = entry.startTime;
})).observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => list.getEntries().filter(entry => !entry.hadRecentInput).forEach(entry => {
    seen.shift += entry.value;
    seen.moved.push(...entry.sources.map(source => source.node?.outerHTML?.slice(0, 80) ?? "a text"));
})).observe({type: "layout-shift", buffered: true});
"""


def look_at(furnished: Furnished, place: Place, page: Page, site: str) -> dict[str, Any]:
    furnished.go_to(place, page, site)
    page.wait_for_load_state("networkidle")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    seen: dict[str, Any] = page.evaluate("seen")
    return seen


def come_late(route: Route) -> None:
    if route.request.resource_type not in AT_ONCE:
        time.sleep(LATE)
    route.continue_()


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.long)])
def test_nothing_moves_when_the_rest_of_a_page_comes_late(
    furnished: Furnished, page: Page, live_server: LiveServer, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.add_init_script(WATCH)
    page.route("**/*", come_late)
    moved = {}
    for place in furnished.main_places():
        seen = look_at(furnished, place, page, live_server.url)
        if seen["shift"] >= MOST_SHIFT:
            moved[place.name] = (seen["shift"], seen["moved"])
    assert moved == {}


@pytest.mark.long
def test_the_largest_paint_is_told(furnished: Furnished, page: Page, live_server: LiveServer) -> None:
    """With `-s`: in milliseconds, on this machine as it is now."""
    page.add_init_script(WATCH)
    for place in furnished.main_places():
        look_at(furnished, place, page, live_server.url)  # the first one also fills caches
        paints = sorted(look_at(furnished, place, page, live_server.url)["paint"] for _ in range(3))
        print(f"{place.name}: {paints[1]:.0f} ms")
        assert paints[0] > 0
