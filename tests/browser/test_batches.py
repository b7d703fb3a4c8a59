"""Many videos at once in a real browser: a folder with one setting for all, with broken files in it."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_whole_way import sign_up
from tests.duf.clips import make

pytestmark = pytest.mark.timeout(150)


@pytest.mark.usefixtures("nothing_to_complain_of")
def test_a_folder_is_converted_with_one_choice_and_what_is_broken_holds_up_no_other(
    page: Page, site: Site, tmp_path: Path
) -> None:
    folder = tmp_path / "Season 1"
    (folder / "extras").mkdir(parents=True)
    for name in ("one.mp4", "two.mp4", "extras/three.mp4"):
        make(folder / name)
    (folder / "broken.mp4").write_bytes(b"no video at all")
    (folder / "notes.txt").write_text("episodes of 2006")
    sign_up(page, site, "batch@example.org")

    page.get_by_label("Convert each one as soon as it is checked").check()
    page.locator("#drop").get_by_text("×2").click()
    page.set_input_files("#folder", folder)
    expect(page.locator("#left-out")).to_have_text(re.compile(r"\(1\): notes.txt$"))
    expect(page.locator("#videos > li")).to_have_count(4)
    expect(page.locator("#videos > li", has_text="broken.mp4")).to_contain_text("refused", ignore_case=True)
    for name in ("one.mp4", "two.mp4", "three.mp4"):
        card = page.locator("#videos > li", has_text=name)
        expect(card.get_by_text("Done", exact=True)).to_be_visible(timeout=90_000)
    expect(page.locator("#uploads-section")).to_be_hidden()

    page.locator("#videos .tag").first.click()
    expect(page).to_have_url(re.compile(r"tag=Season(\+|%20)1"))  # the page before says the same otherwise
    expect(page.get_by_text("4 videos · 3 done")).to_be_visible()
    page.get_by_label("Search").fill("tw")
    expect(page.locator("#videos > li")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=tw.*tag=Season(\\+|%20)1"))


@contextmanager
def nobody_at_work(site: Site) -> Iterator[None]:
    """What is asked for meanwhile waits."""
    heavy = site.clusters[1]
    os.killpg(heavy.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(heavy.pid, signal.SIGCONT)


def test_work_is_ordered_by_drag_and_by_keys(page: Page, site: Site, tmp_path: Path) -> None:
    sign_up(page, site, "order@example.org")
    page.set_input_files("#id_file", [make(tmp_path / f"{name}.mp4") for name in ("first", "second", "third")])
    expect(page.locator("#videos > li").get_by_role("button", name="Convert")).to_have_count(3)
    with nobody_at_work(site):
        page.reload()
        page.get_by_text("Convert all 3 not converted yet").click()
        page.get_by_role("button", name="Convert them all so").click()
        expect(page.get_by_text("3 videos · 3 conversions go on")).to_be_visible()
        order_them(page, site)
        page.goto(site.url)
        page.get_by_role("button", name="Pause all 3").click()
        expect(page.get_by_text("3 videos · 3 paused")).to_be_visible()


def order_them(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/queue/")
    names, handles, rows = page.locator(".turn .what a"), page.locator(".handle"), page.locator(".turn")
    expect(names).to_have_count(3)
    one, two, three = names.all_inner_texts()
    start, goal = handles.nth(2).bounding_box(), rows.nth(0).bounding_box()
    assert start and goal
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 10, goal["y"] + 5, steps=8)
    page.mouse.up()
    expect(names).to_have_text([three, one, two])
    expect(page.locator("#announcer")).to_have_text(f"{three} is now number 1 of 3")

    handles.nth(1).focus()
    page.keyboard.press("ArrowDown")
    expect(names).to_have_text([three, two, one])
    expect(handles.nth(2)).to_be_focused()
    page.reload()
    expect(names).to_have_text([three, two, one])
