"""Without scripts: plain controls in the place of those that need one, and nothing that does nothing."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.furnished import Furnished

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def plain(page: Page) -> Page:
    browser = page.context.browser
    assert browser
    return browser.new_context(java_script_enabled=False).new_page()


def test_a_file_can_be_chosen_and_sent(furnished: Furnished, plain: Page, live_server: LiveServer) -> None:
    place = next(place for place in furnished.places() if place.name == "dashboard")
    furnished.go_to(place, plain, live_server.url)
    drop = plain.locator("#drop")
    file = drop.locator("input[name=file]").bounding_box()
    assert file and file["width"] > 100
    expect(drop.get_by_role("button", name="Upload")).to_be_visible()
    expect(drop.get_by_text("Choose a folder")).to_be_hidden()


def test_the_videos_to_compare_stand_below_each_other(
    furnished: Furnished, plain: Page, live_server: LiveServer
) -> None:
    place = next(place for place in furnished.places() if place.name == "compare-made")
    furnished.go_to(place, plain, live_server.url)
    boxes = [video.bounding_box() for video in plain.locator("compare-player video").all()]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 3 and sorted(set(tops)) == tops
    expect(plain.locator("compare-player [data-part=controls]")).to_be_hidden()
