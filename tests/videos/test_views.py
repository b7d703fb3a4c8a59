"""The pages of videos: what each state shows, what each button does, and who may not."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from duf.catalog import MODELS, Model
from duf.media.facts import Chapter, Clip, Track, VideoFacts
from videos import jobs
from videos.models import Upscale, Video

CLIP = Clip(
    container="mov",
    duration=12.48,
    video=VideoFacts(0, "h264", 426, 240, "yuv420p", "yuv420p", (1, 12800), average_rate=(25, 1)),
    tracks=[
        Track(1, "audio", "aac", "eng"),
        Track(2, "audio", "ac3", "deu"),
        Track(3, "subtitle", "mov_text"),
        Track(4, "data", "unknown", kept=False, note="The timecode track is not kept."),
    ],
    chapters=[Chapter(0, 5)],
    notes=["The timecode track is not kept."],
)
RECEIPT = {
    "ok": True,
    "frames": 312,
    "duration": 12.48,
    "width": 852,
    "height": 480,
    "container": "mp4",
    "codec": "h264",
    "tracks": [{"codec": "aac", "language": "eng", "packets": 585, "sha256": "a" * 64}],
    "sample_aspect_ratio": None,
    "worst_sync": 0.0004,
    "differences": [],
}


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def video(alice: User) -> Video:
    video = Video.objects.create(
        owner=alice, name="holiday.mp4", size=4, state="ready", facts=CLIP.to_json(), frames=312, sha256="c" * 64
    )
    video.folder.mkdir()
    video.source.write_bytes(b"film")
    video.poster.write_bytes(b"picture")
    return video


def job(video: Video, state: str = "queued", **fields: object) -> Upscale:
    return Upscale.objects.create(video=video, model="bicubic", scale=2, state=state, frames=312, **fields)


@pytest.fixture
def done(video: Video) -> Upscale:
    upscale = job(video, "done", file="result.mp4", container="mp4", receipt=RECEIPT, sha256="e" * 64, size=6)
    upscale.folder.mkdir()
    (upscale.folder / "result.mp4").write_bytes(b"result")
    return upscale


def page(browser: Client, name: str = "dashboard", *args: object) -> str:
    answer = browser.get(reverse(f"videos:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_dashboard_says_what_to_do(browser: Client) -> None:
    assert "Drop videos here" in page(browser)


def test_a_checked_video_is_told_in_words(browser: Client, video: Video) -> None:
    shown = page(browser)
    assert "426×240 · 12.5 s · 25 frames per second · 2 sound tracks · 1 subtitle track" in shown
    assert "The timecode track is not kept." in shown
    assert "UNKNOWN" not in page(browser, "video", video.pk)


@pytest.mark.parametrize(
    "state, fields, words",
    [
        ("uploading", {"offset": 1}, "25 % has arrived"),
        ("checking", {"frames_indexed": 77}, "77 so far"),
        ("refused", {"reason": "This is text; choose a video."}, "This is text; choose a video."),
    ],
)
def test_a_video_on_its_way_says_where_it_is(
    browser: Client, video: Video, state: str, fields: dict[str, object], words: str
) -> None:
    Video.objects.update(state=state, facts=None, **fields)
    assert words in page(browser)
    assert words in page(browser, "video", video.pk)


def test_facts_and_poster_are_shown_while_the_frames_are_still_counted(browser: Client, video: Video) -> None:
    Video.objects.update(state="checking")
    poster = reverse("videos:poster", args=[video.pk])
    assert "426×240 · 12.5 s" in page(browser) and poster in page(browser)
    Video.objects.update(facts=None)
    assert poster not in page(browser)


@pytest.mark.parametrize(
    "state, fields, words",
    [
        ("queued", {}, "Waiting, number 1 in the queue"),
        ("queued", {"paused": "The disk is full, so this waits."}, "The disk is full, so this waits."),
        ("running", {"frames_done": 113}, "36 % done"),
        ("running", {"frames_done": 113}, "frame 113 of 312"),
        ("assembling", {}, "Putting the file together"),
        ("failed", {"reason": "No memory; try a smaller scale."}, "No memory; try a smaller scale."),
        ("cancelled", {}, "Cancelled"),
    ],
)
def test_a_job_says_where_it_is(
    browser: Client, video: Video, state: str, fields: dict[str, object], words: str
) -> None:
    job(video, state, **fields)
    assert words in page(browser)


@pytest.mark.parametrize("state", Upscale.State)
def test_a_job_is_polled_while_there_is_work_on_it_and_no_longer(browser: Client, video: Video, state: str) -> None:
    upscale = job(video, state)
    polled = 'hx-trigger="every 2s"' in page(browser, "job", upscale.pk)
    assert polled == (state in {"queued", "running", "assembling"})


@pytest.mark.parametrize("state", Video.State)
def test_a_card_is_polled_while_the_video_is_checked_and_no_longer(browser: Client, video: Video, state: str) -> None:
    Video.objects.update(state=state)
    assert ('hx-trigger="every 2s"' in page(browser, "card", video.pk)) == (state == "checking")


def test_a_poll_after_the_session_ended_reloads_the_page(client: Client, video: Video) -> None:
    for address in (reverse("videos:card", args=[video.pk]), reverse("videos:job", args=[job(video).pk])):
        assert client.get(address)["HX-Refresh"] == "true"


def test_the_page_of_a_result_has_a_player_and_the_receipt_in_words(browser: Client, done: Upscale) -> None:
    shown = page(browser, "video", done.video_id)
    assert f'src="/results/{done.pk}/play/"' in shown
    for words in ("All 312 frames, in 12.5 s", "to within 0.4 ms", "Track AAC, eng: 585 packets", "e" * 64, "c" * 64):
        assert words in shown


def test_a_file_name_cannot_become_markup(browser: Client, video: Video) -> None:
    Video.objects.update(name='<script>alert("x")</script>.mp4')
    assert "<script>alert" not in page(browser) + page(browser, "video", video.pk)


def test_what_one_should_know_of_a_model_stands_beside_the_choice(browser: Client, video: Video) -> None:
    shown, notes = page(browser, "video", video.pk), {model.name: model.note for model in MODELS.values() if model.note}
    assert notes and all(f"{name}: {note}" in shown for name, note in notes.items())


def test_converting_asks_for_what_was_chosen(browser: Client, video: Video) -> None:
    wish = {"scale": "3", "model": "lanczos", "codec": "h265", "quality": "small", "dashboard": ""}
    answer = browser.post(reverse("videos:convert", args=[video.pk]), wish)
    assert answer["Location"] == "/"
    upscale = Upscale.objects.get()
    assert (upscale.scale, upscale.model, upscale.settings) == (3, "lanczos", {"codec": "h265", "crf": 23})


def test_the_usual_quality_is_left_to_the_codec(browser: Client, video: Video) -> None:
    browser.post(reverse("videos:convert", args=[video.pk]), {"scale": "2", "model": "bicubic"})
    assert Upscale.objects.get().settings == {"codec": "h264"}


def test_a_wish_beyond_the_limits_is_answered_on_the_page(browser: Client, video: Video, settings: Settings) -> None:
    settings.MAX_RESULT_PIXELS = 1000
    answer = browser.post(reverse("videos:convert", args=[video.pk]), {"scale": "4", "model": "bicubic"})
    assert answer.status_code == 422
    assert "choose a smaller scale" in answer.content.decode()
    assert not Upscale.objects.exists()


def test_a_scale_that_is_not_offered_is_refused(browser: Client, video: Video) -> None:
    answer = browser.post(reverse("videos:convert", args=[video.pk]), {"scale": "16", "model": "bicubic"})
    assert answer.status_code == 422 and not Upscale.objects.exists()


def test_a_scale_that_the_model_does_not_have_is_refused_on_the_page(
    browser: Client, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODELS, "mine", Model("mine", "Mine", "no:where", cost=1.0, scales=(4,)))
    answer = browser.post(reverse("videos:convert", args=[video.pk]), {"scale": "2", "model": "mine"})
    assert answer.status_code == 422 and "mine enlarges ×4 only" in answer.content.decode()
    assert not Upscale.objects.exists()


def test_cancel_and_try_again(browser: Client, video: Video) -> None:
    upscale = job(video)
    browser.post(reverse("videos:cancel", args=[upscale.pk]))
    upscale.refresh_from_db()
    assert upscale.state == "cancelled"
    browser.post(reverse("videos:retry", args=[upscale.pk]))
    upscale.refresh_from_db()
    assert upscale.state == "queued"


@pytest.mark.parametrize("state", ["ready", "checking", "refused"])
def test_an_original_without_a_result_is_not_deleted_without_a_warning(
    browser: Client, video: Video, state: str
) -> None:
    Video.objects.update(state=state)
    address = reverse("videos:delete_video", args=[video.pk])
    assert "download the original" in browser.get(address).content.decode()
    assert Video.objects.exists()
    browser.post(address)
    assert not Video.objects.exists() and not video.folder.exists()


def test_deleting_a_result_keeps_the_original(browser: Client, done: Upscale) -> None:
    address = reverse("videos:delete_upscale", args=[done.pk])
    assert "The original stays" in browser.get(address).content.decode()
    browser.post(address)
    assert not Upscale.objects.exists() and not done.folder.exists()
    assert Video.objects.get().source.read_bytes() == b"film"


def test_the_original_comes_back_byte_for_byte_under_its_name(browser: Client, video: Video) -> None:
    answer = browser.get(reverse("videos:original", args=[video.pk]))
    assert b"".join(answer) == b"film"
    assert answer["Content-Disposition"] == 'attachment; filename="holiday.mp4"'
    assert answer["Content-Type"] == "application/octet-stream"


def test_half_an_upload_is_no_original(browser: Client, video: Video) -> None:
    Video.objects.update(state="uploading")
    assert browser.get(reverse("videos:original", args=[video.pk])).status_code == 404


def test_the_result_plays_in_the_page_and_downloads_under_a_name_of_its_own(browser: Client, done: Upscale) -> None:
    played = browser.get(reverse("videos:play", args=[done.pk]), headers={"Range": "bytes=2-"})
    assert (played.status_code, b"".join(played), played["Content-Type"]) == (206, b"sult", "video/mp4")
    saved = browser.get(reverse("videos:download", args=[done.pk]))
    assert saved["Content-Disposition"] == 'attachment; filename="holiday x2.mp4"'


VIDEO_PAGES = ("video", "card", "convert", "delete_video", "original", "poster")
JOB_PAGES = ("job", "cancel", "retry", "delete_upscale", "play", "download")


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_gets_404_everywhere(client: Client, charlie: User, done: Upscale, method: str) -> None:
    client.force_login(charlie)
    addresses = [reverse(f"videos:{name}", args=[done.video_id]) for name in VIDEO_PAGES]
    addresses += [reverse(f"videos:{name}", args=[done.pk]) for name in JOB_PAGES]
    allowed = [address for address in addresses if getattr(client, method)(address).status_code != 405]
    assert len(allowed) >= 4
    assert {getattr(client, method)(address).status_code for address in allowed} == {404}
    assert Upscale.objects.exists() and Video.objects.exists()
    assert "holiday" not in page(client)


@pytest.mark.parametrize("video_too", [True, False], ids=["video", "job"])
def test_whatever_another_window_asks_of_what_was_deleted_is_not_found(
    browser: Client, done: Upscale, video_too: bool
) -> None:
    asked = [(name, done.pk) for name in (*JOB_PAGES, "finished", "pause", "resume", "share", "keep_result")]
    asked += [(name, done.video_id) for name in (*VIDEO_PAGES, "samples", "quote", "form", "compare")] * video_too
    addresses = [reverse(f"videos:{name}", args=[pk]) for name, pk in asked]
    jobs.remove_video(done.video) if video_too else jobs.remove_upscale(done)
    for address in addresses:
        answers = {browser.get(address).status_code, browser.post(address).status_code}
        assert answers in ({404}, {404, 405}), address


def test_somebody_signed_out_is_sent_to_sign_in(client: Client, done: Upscale) -> None:
    for address in ("/", reverse("videos:video", args=[done.video_id]), reverse("videos:play", args=[done.pk])):
        assert client.get(address)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", ["convert", "delete_video"])
def test_posts_from_other_sites_are_refused(alice: User, video: Video, name: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    answer = browser.post(reverse(f"videos:{name}", args=[video.pk]))
    assert answer.status_code == 403 and "try again" in answer.content.decode()
    assert Video.objects.exists()


@pytest.fixture
def temporary(settings: Settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path


def test_a_plain_form_uploads_without_javascript(browser: Client, alice: User, temporary: None) -> None:
    answer = browser.post("/upload/", {"file": SimpleUploadedFile("a.mp4", b"01234")})
    video = Video.objects.get()
    assert answer["Location"] == f"/videos/{video.pk}/"
    assert (video.owner, video.state, video.source.read_bytes()) == (alice, "checking", b"01234")


def test_a_plain_form_from_another_site_is_refused(alice: User, temporary: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post("/upload/", {"file": SimpleUploadedFile("a.mp4", b"01234")}).status_code == 403
    assert not Video.objects.exists()


def test_a_plain_form_with_too_large_a_file_is_refused_in_a_sentence(browser: Client, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    answer = browser.post("/upload/", {"file": SimpleUploadedFile("a.mp4", b"0" * 200)})
    assert answer.status_code == 413 and "at most 100" in answer.content.decode()
    assert not Video.objects.exists()


def test_a_plain_form_without_a_file_says_so(browser: Client, temporary: None) -> None:
    assert "choose one first" in browser.post("/upload/", {}, follow=True).content.decode()


def test_pages_keep_scripts_and_styles_of_others_out(browser: Client) -> None:
    answer = browser.get("/")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    shown = answer.content.decode()
    assert " style=" not in shown and " onclick=" not in shown and "<style" not in shown
    assert "http://" not in shown.replace("http://www.w3.org", "") and "https://" not in shown


def test_unknown_addresses_have_our_look(browser: Client) -> None:
    answer = browser.get("/nothing/")
    assert answer.status_code == 404 and "or it is not yours" in answer.content.decode()
