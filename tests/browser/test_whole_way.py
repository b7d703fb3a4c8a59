"""A person's whole way through a real browser, against the site's real processes."""

import hashlib
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from duf.media import index, probe
from tests.browser.conftest import Site
from tests.duf.clips import Sound, make

pytestmark = pytest.mark.timeout(150)
expect.set_options(timeout=30_000)  # the machine may be busy with other work

UNEVEN = [0, 512, 1024, 2048, 2560, 4096, 4608, 5120, 6144, 6656, 7168, 8192]  # in 1/12800 s
MEGABYTE = 1 << 20


def sign_up(page: Page, site: Site, email: str) -> None:
    page.goto(f"{site.url}/accounts/signup/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill("a password of length")
    page.get_by_label("Password (again)").fill("a password of length")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Drop videos here")).to_be_visible()


def drop(page: Page, file: Path) -> None:
    """Let a file fall onto the page, as from a file manager."""
    page.set_input_files("#id_file", [])
    data = page.evaluate_handle("() => new DataTransfer()")
    page.evaluate(
        "([data, bytes, name]) => data.items.add(new File([new Uint8Array(bytes)], name, {type: 'video/mp4'}))",
        [data, list(file.read_bytes()), file.name],
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": data})


@pytest.mark.usefixtures("nothing_to_complain_of")
def test_a_person_signs_up_drops_a_video_and_gets_it_back_larger(page: Page, site: Site, tmp_path: Path) -> None:
    clip = make(tmp_path / "Großmutter's day.mp4", pts=UNEVEN, sounds=[Sound(), Sound(language="deu", tone=880)])
    sign_up(page, site, "whole.way@example.org")

    drop(page, clip)
    card = page.locator("#videos > li")
    expect(card).to_contain_text("64×48")
    expect(card).to_contain_text("2 sound tracks")
    style_a_field_and_swap_the_card(page)
    expect(card.locator(".poster img")).to_have_js_property("naturalWidth", 64)

    card.locator("label", has_text="×2").click()
    card.get_by_role("button", name="Convert").click()
    job = page.locator("section.job")
    expect(job).to_have_attribute("hx-trigger", "every 2s")
    expect(job.get_by_text("Done", exact=True)).to_be_visible(timeout=90_000)
    expect(job).not_to_have_attribute("hx-trigger", "every 2s")
    expect(page).to_have_title(re.compile("^Done · "))
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("mark-done"))

    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status) if "/play/" in answer.url else None)
    job.get_by_role("link", name="Watch").click()
    play_and_seek(page)
    assert set(statuses) == {206}
    receipt = page.locator("[data-receipt]")
    expect(receipt).to_contain_text("All 12 frames")
    expect(receipt.locator(".changed")).to_have_count(0)

    result = save(page, "Download", tmp_path / "result.mp4", "Großmutter's day x2.mp4")
    compare(clip, result)
    expect(page.get_by_text(hashlib.sha256(result.read_bytes()).hexdigest())).to_be_visible()
    original = save(page, "Download the original", tmp_path / "original", clip.name)
    assert original.read_bytes() == clip.read_bytes()
    expect(page.get_by_text(hashlib.sha256(clip.read_bytes()).hexdigest())).to_be_visible()


def style_a_field_and_swap_the_card(page: Page) -> None:
    """As password managers do it; the page may not copy that style into an attribute of the new card."""
    field = page.locator("#videos [name=tags]")
    field.evaluate("""async (field) => {
        field.style.caretColor = "transparent";
        const card = field.closest("li");
        await htmx.ajax("GET", `/videos/${card.id.replace("card-", "")}/card/`, {target: card, swap: "outerHTML"});
    }""")
    expect(field).not_to_have_attribute("style", re.compile(".*"))


def play_and_seek(page: Page) -> None:
    video = page.locator("video")
    expect(video).to_have_js_property("videoWidth", 128)
    seeked = """video => new Promise(done => {
        video.addEventListener("seeked", () => done(video.currentTime), {once: true});
        video.currentTime = 0.4;
    })"""
    assert video.evaluate(seeked) == pytest.approx(0.4)
    video.evaluate("video => { video.muted = true; return video.play(); }")
    expect(video).to_have_js_property("ended", True)


def save(page: Page, link: str, path: Path, name: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).click()
    assert download.value.suggested_filename == name
    download.value.save_as(path)
    return path


def compare(source: Path, result: Path) -> None:
    """Every picture at its own time, the same tracks."""
    before, after = probe(source), probe(result)
    assert (after.video.width, after.video.height) == (128, 96)
    assert [(t.kind, t.codec, t.language) for t in after.tracks] == [
        (t.kind, t.codec, t.language) for t in before.tracks
    ]
    times = [seconds(index(path).pts, probe(path).video.tick) for path in (source, result)]
    np.testing.assert_allclose(times[1], times[0], atol=1e-6)


def seconds(pts: np.ndarray, tick: Fraction) -> np.ndarray:
    return (pts - pts[0]) * float(tick)


def test_an_upload_goes_on_after_a_reload_and_a_killed_server(page: Page, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "long.mp4"
    file.write_bytes(np.random.default_rng(1).bytes(24 * MEGABYTE))
    sign_up(page, site, "resume@example.org")
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 12 * MEGABYTE}
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", slow)

    page.set_input_files("#id_file", file)
    wait_for_percent(page, 40)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").click()
    wait_for_percent(page, 50)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()

    page.reload()
    expect(page.locator("#videos > li")).to_contain_text("has arrived")
    page.set_input_files("#id_file", file)
    wait_for_percent(page, 70)
    site.kill_web()
    site.start_web()

    card = page.locator("#videos > li")
    expect(card).to_have_count(1)
    expect(card.get_by_text("Refused")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name=file.name).click()
    arrived = save(page, "Download the original", tmp_path / "arrived", file.name)
    assert arrived.read_bytes() == file.read_bytes()


def test_several_files_chosen_at_once_all_arrive_and_are_counted(page: Page, site: Site, tmp_path: Path) -> None:
    sign_up(page, site, "several@example.org")
    files = [make(tmp_path / f"{number}.mp4") for number in range(5)]
    page.set_input_files("#id_file", files[:-1])
    for file in files[:-1]:
        card = page.locator("#videos > li", has_text=file.name)
        expect(card).to_have_count(1)
        expect(card).to_contain_text("64×48")
    expect(page.locator("#counts")).to_have_text("4 videos")
    page.get_by_text("Convert all 4 not converted yet").click()
    page.set_input_files("#id_file", files[-1])
    expect(page.locator("#counts")).to_have_text("5 videos")
    expect(page.locator("#videos > li")).to_have_count(5)
    expect(page.get_by_role("button", name="Convert them all so")).to_be_visible()  # nobody closed it


def wait_for_percent(page: Page, percent: int) -> None:
    bar = page.locator("#uploads progress")
    while float(bar.evaluate("bar => bar.value")) < percent:
        page.wait_for_timeout(20)
