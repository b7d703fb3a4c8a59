"""From an empty browser to the first compared sample, counted; and the player by keyboard, pointer and buttons."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.duf.clips import Sound, make

pytestmark = pytest.mark.timeout(240)

CLICKS, MINUTES = 8, 3
FRAMES = 130


class Clicker:
    """A hand that counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def click(self, what: Locator) -> None:
        what.click()
        self.count += 1

    def choose_file(self, what: Locator, file: Path) -> None:
        """A click for the dialog, and one in it."""
        with self.page.expect_file_chooser() as chooser:
            self.click(what)
        chooser.value.set_files(file)
        self.count += 1


@pytest.fixture
def compared(page: Page, site: Site, tmp_path: Path) -> Clicker:
    return walk(page, site, tmp_path)


def walk(page: Page, site: Site, tmp_path: Path) -> Clicker:
    """Somebody who has never seen the site comes to a page with a sample beside the original."""
    clip = make(tmp_path / "beach.mp4", frames=FRAMES, cuts=[30, 70], sounds=[Sound()])
    hand, name = Clicker(page), str(time.monotonic_ns())
    page.goto(site.url)
    hand.click(page.get_by_role("link", name="Sign up").first)
    page.get_by_label("Email").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill("a password of length")
    page.get_by_label("Password (again)").fill("a password of length")
    hand.click(page.get_by_role("button", name="Sign up"))
    hand.choose_file(page.locator("#drop label[for=id_file]"), clip)
    hand.click(page.get_by_role("link", name="Try a moment first"))
    hand.click(page.get_by_role("button", name="Show me"))
    expect(page.locator("compare-player.live")).to_be_visible(timeout=90_000)
    return hand


@pytest.mark.usefixtures("nothing_to_complain_of")
def test_a_stranger_sees_a_compared_sample_in_few_clicks_and_minutes(page: Page, site: Site, tmp_path: Path) -> None:
    begun = time.monotonic()
    hand = walk(page, site, tmp_path)
    assert hand.count < CLICKS
    assert time.monotonic() - begun < 60 * MINUTES


def shown(page: Page) -> list[float]:
    """The times of the two videos."""
    times: list[float] = page.evaluate(
        "() => ['left', 'right'].map(side => document.querySelector(`.live figure.${side} video`).currentTime)"
    )
    return times


def test_the_two_are_stepped_divided_zoomed_and_played_together(page: Page, compared: Clicker) -> None:
    player = page.locator("compare-player")
    split, place = player.locator("[data-part=split]"), player.locator("[data-part=place]")
    expect(place).to_contain_text("Frame 1 of")

    viewport = player.locator("[data-part=viewport]")
    viewport.press(".")
    viewport.press(".")
    viewport.press(",")
    expect(place).to_contain_text("Frame 2 of")
    left, right = shown(page)
    assert left == right == pytest.approx(0.06, abs=0.001)  # in the middle of the second frame

    viewport.press("ArrowRight")
    expect(split).to_have_value("52")
    expect(split).to_have_attribute("aria-valuetext", "52 % left, the rest right")
    box = player.locator("[data-part=stage]").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    expect(split).to_have_value("25")

    player.get_by_label("Size").select_option("2")
    width = player.locator("[data-part=stage]").evaluate("stage => stage.getBoundingClientRect().width")
    assert width == 2 * 64 * 4  # two pixels of the page for each of the result
    player.get_by_label("Size").select_option("0")

    player.get_by_role("button", name="Play").click()
    player.get_by_role("button", name="Pause").wait_for()
    expect(player.get_by_role("button", name="Play")).to_be_visible()  # it ends by itself
    left, right = shown(page)
    assert left == right


def test_the_result_is_seen_and_heard_and_can_be_hushed(page: Page, compared: Clicker) -> None:
    player = page.locator("compare-player")
    page.wait_for_function("[...document.querySelectorAll('.live video')].every(video => video.readyState > 1)")
    heard = "[...document.querySelectorAll('.live video')].map(video => !video.muted)"
    assert page.evaluate(heard) == [False, True]
    sound = player.get_by_role("button", name="Sound")
    expect(sound).to_have_attribute("aria-pressed", "true")
    sound.click()
    assert page.evaluate(heard) == [False, False]


def test_one_click_takes_it_for_the_whole_video(page: Page, compared: Clicker) -> None:
    compared.click(page.get_by_role("button", name="Use this for the whole video"))
    job = page.locator("section.job")
    expect(job.get_by_text("Done", exact=True)).to_be_visible(timeout=90_000)
    expect(page.locator("[data-receipt]")).to_contain_text(f"All {FRAMES} frames")
