"""What is deleted in one window while it is watched in another."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.furnished import Furnished

pytestmark = pytest.mark.timeout(120)


def test_a_job_goes_from_the_window_that_watches_it_with_a_word(
    furnished: Furnished, page: Page, live_server: LiveServer
) -> None:
    place = next(place for place in furnished.places() if place.name == "video-running")
    browser = page.context.browser
    assert browser
    context = browser.new_context()  # that of `page` holds one window alone
    page = context.new_page()
    furnished.go_to(place, page, live_server.url)
    expect(page).to_have_title("39 % done · Summer at the lake.avi · Upscaler")
    other = context.new_page()
    other.goto(f"{live_server.url}{place.path}delete/")
    other.locator("main form button").click()
    expect(page.get_by_text("This was deleted meanwhile.").first).to_be_visible()
    expect(page.locator("section.job, watch-job")).to_have_count(0)
    expect(page).to_have_title("Summer at the lake.avi · Upscaler")
