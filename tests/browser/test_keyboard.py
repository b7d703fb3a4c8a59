"""The whole way by keyboard alone, with what has the focus always to be seen."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.duf.clips import make

pytestmark = pytest.mark.timeout(150)
FURTHEST = 60  # presses of Tab

# Whether the focus is drawn: on the thing itself, or on the label that stands for it.
DRAWN = """thing => [thing, ...(thing.labels ?? [])].some(one => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
})"""


# What is said aloud to whoever hears the page.
LISTEN = """() => {
    window.said = [];
    const announcer = document.getElementById("announcer");
    new MutationObserver(() => said.push(announcer.textContent)).observe(announcer, {childList: true, subtree: true});
}"""


def tab_to(page: Page, goal: Locator) -> None:
    """Press Tab until it has the focus; wherever the focus comes by, it is to be seen."""
    expect(goal).to_be_visible()
    for _ in range(FURTHEST):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count():
            assert focused.evaluate(DRAWN), focused.evaluate("thing => thing.outerHTML.slice(0, 200)")
        if goal.evaluate("thing => thing === document.activeElement"):
            return
    pytest.fail(f"Tab does not come to {goal}")


def press(page: Page, goal: Locator) -> None:
    tab_to(page, goal)
    page.keyboard.press("Enter")


def test_a_person_signs_up_uploads_converts_and_downloads_by_keyboard(page: Page, site: Site, tmp_path: Path) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{site.url}/accounts/signup/")
    for label, words in (
        ("Email", "keys@example.org"),
        ("Password", "my long words"),
        ("Password (again)", "my long words"),
    ):
        tab_to(page, page.get_by_label(label, exact=True))
        page.keyboard.type(words)
    page.keyboard.press("Enter")

    expect(page.locator("#drop")).to_be_visible()
    page.evaluate(LISTEN)
    with page.expect_file_chooser() as chooser:
        tab_to(page, page.locator("#id_file"))
        page.keyboard.press("Enter")
    chooser.value.set_files(make(tmp_path / "clip.mp4"))
    card = page.locator("#videos > li")
    expect(card).to_contain_text("64×48")
    assert "clip.mp4, uploaded" in page.evaluate("said")
    tab_to(page, card.get_by_label("×4", exact=True))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(card.get_by_label("×2", exact=True)).to_be_checked()
    press(page, card.get_by_role("button", name="Convert", exact=True))

    job = page.locator("section.job")
    expect(job.get_by_text("Done", exact=True)).to_be_visible(timeout=90_000)
    with page.expect_download() as download:
        press(page, job.get_by_role("link", name="Download"))
    assert download.value.suggested_filename == "clip x2.mp4"


def test_nothing_moves_for_whoever_does_not_want_it(page: Page, site: Site) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{site.url}/accounts/login/")
    moving = "() => [...document.styleSheets].flatMap(sheet => [...sheet.cssRules]).map(rule => rule.cssText).join()"
    page.evaluate("() => document.body.append(document.createElement('progress'))")
    assert page.locator("progress").evaluate("bar => getComputedStyle(bar).animationName") == "none"
    assert "transition" not in page.evaluate(moving)
