"""A message by the browser when a job ends: asked for by a press alone, and only while nobody looks."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT

ADDRESS = "http://localhost/notify"
PART = (ROOT / "templates/parts/notify.html").read_text()
BODY = """<body><section class="job" id="job-1" data-state="running" data-announce="clip.mp4 ×2: running"></section>
<div data-notify hidden data-off="Tell me" data-on="No more" data-works="It works"><button></button>
<span data-part="denied" hidden>Denied</span></div></body>"""

# The browser's own, but one whose answer is ours and which remembers what was shown.
MESSAGES = """
window.shown = [];
window.asked = 0;
window.answer = "granted";
window.Notification = class extends EventTarget {
  static permission = "default";
  static async requestPermission() { window.asked++; return (Notification.permission = window.answer); }
  constructor(text) { super(); window.shown.push(text); }
};
document.hasFocus = () => window.looking ?? false;
"""
END = """([state, announce]) => {
  const job = document.getElementById("job-1");
  Object.assign(job.dataset, { state, announce });
  document.body.dispatchEvent(new CustomEvent("htmx:afterSettle"));
}"""


@pytest.fixture
def opened(page: Page) -> Page:
    page.route(ADDRESS, lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=BODY))
    page.add_init_script(MESSAGES)
    page.goto(ADDRESS)
    page.add_script_tag(path=ROOT / "static/site/notify.js")
    return page


def end(page: Page, state: str = "done") -> None:
    page.evaluate(END, [state, f"clip.mp4 ×2: {state}"])


def test_the_page_has_the_parts_that_the_script_looks_for() -> None:
    for part in ("data-notify", "data-off=", "data-on=", "data-works=", "<button", 'data-part="denied"'):
        assert part in PART and part.split("=")[0] in BODY


def test_nothing_is_asked_or_shown_unless_somebody_presses(opened: Page) -> None:
    end(opened)
    assert opened.evaluate("[window.asked, window.shown]") == [0, []]


def test_one_press_and_the_end_is_told_and_another_ends_that(opened: Page) -> None:
    button = opened.get_by_role("button")
    button.click()
    expect(button).to_have_text("No more")
    end(opened, "failed")
    assert opened.evaluate("window.shown") == ["It works", "clip.mp4 ×2: failed"]
    end(opened, "running")
    button.click()
    expect(button).to_have_text("Tell me")
    end(opened)
    assert len(opened.evaluate("window.shown")) == 2


def test_whoever_looks_at_the_page_sees_it_there(opened: Page) -> None:
    opened.get_by_role("button").click()
    expect(opened.get_by_role("button")).to_have_text("No more")
    opened.evaluate("window.looking = true")
    end(opened)
    assert opened.evaluate("window.shown") == ["It works"]


def test_a_browser_that_was_told_not_to_says_what_to_do(opened: Page) -> None:
    opened.evaluate("window.answer = 'denied'")
    opened.get_by_role("button").click()
    expect(opened.get_by_text("Denied")).to_be_visible()
    end(opened)
    assert opened.evaluate("window.shown") == []
