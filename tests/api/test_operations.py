"""The API: what each operation answers, and that it keeps the rules of the pages."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Event, User
from tests.api.conftest import Program
from videos import jobs, own_presets
from videos.models import Upscale, Video

NOWHERE = uuid.UUID(int=0)


def detail(answer: Any) -> str:
    """The sentence of an error, which must be a problem document."""
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Content-Length"]) == len(answer.content)
    body = answer.json()
    assert body["status"] == answer.status_code
    return str(body["detail"])


def test_a_video_is_told_with_its_facts(program: Program, video: Video) -> None:
    told = program.get(f"/videos/{video.pk}").json()
    assert (told["name"], told["state"], told["width"], told["seconds"], told["frames"]) == (
        "holiday.mp4",
        "ready",
        64,
        12.5,
        312,
    )
    assert told["notes"] == ["The timecode track is not kept."]


def test_a_list_comes_in_pages_that_new_rows_do_not_move(program: Program, alice: User) -> None:
    for number in range(5):
        Video.objects.create(owner=alice, name=f"{number}.mp4", size=1)
    first = program.get("/videos?limit=2").json()
    Video.objects.create(owner=alice, name="new.mp4", size=1)
    second = program.get(f"/videos?limit=2&cursor={first['next']}").json()
    third = program.get(f"/videos?limit=2&cursor={second['next']}").json()
    names = [video["name"] for page in (first, second, third) for video in page["items"]]
    assert names == ["4.mp4", "3.mp4", "2.mp4", "1.mp4", "0.mp4"]
    assert third["next"] is None


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MDAwMSAx", "%00"])
def test_a_cursor_that_was_made_up_is_a_sentence(program: Program, cursor: str) -> None:
    assert "leave it out to begin" in detail(program.get(f"/videos?cursor={cursor}"))


def test_lists_can_be_narrowed(program: Program, video: Video, done: Upscale) -> None:
    Video.objects.create(owner=video.owner, name="half.mp4", size=2)
    assert [each["name"] for each in program.get("/videos?state=ready").json()["items"]] == ["holiday.mp4"]
    assert len(program.get(f"/upscales?state=done&video={video.pk}").json()["items"]) == 1
    assert program.get("/upscales?state=failed").json()["items"] == []


def test_a_long_list_costs_as_many_queries_as_a_short_one(
    program: Program, video: Video, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Upscale.objects.bulk_create(Upscale(video=video, model="bicubic", scale=2, state="running") for _ in range(50))
    with django_assert_max_num_queries(5):
        assert len(program.get("/upscales?limit=50").json()["items"]) == 50


def test_a_conversion_is_asked_for_like_on_the_page(program: Program, video: Video) -> None:
    wanted = {"video": str(video.pk), "scale": 2, "model": "bicubic", "codec": "av1", "quality": "small"}
    answer = program.ask("post", "/upscales", wanted)
    assert (answer.status_code, answer.json()["state"]) == (201, "queued")
    upscale = Upscale.objects.get()
    assert (upscale.scale, upscale.model, upscale.settings) == (2, "bicubic", {"codec": "av1", "crf": 32})


def test_without_a_wish_the_defaults_of_the_page_hold(program: Program, video: Video, settings: Settings) -> None:
    settings.DEFAULT_MODEL = "lanczos"
    program.ask("post", "/upscales", {"video": str(video.pk)})
    upscale = Upscale.objects.get()
    assert (upscale.scale, upscale.model, upscale.settings) == (4, "lanczos", {"codec": "h264"})


def test_a_preset_fills_in_what_is_not_said(program: Program, video: Video) -> None:
    wish = {"preset": "archive", "scale": 2, "without": ["subtitle"], "deinterlace": "off"}
    program.ask("post", "/upscales", {"video": str(video.pk), **wish})
    upscale = Upscale.objects.get()
    settings = {"codec": "h265", "crf": 14, "container": "matroska", "without": ["subtitle"], "deinterlace": "off"}
    assert (upscale.scale, upscale.settings) == (2, settings)


def test_ones_own_preset_goes_by_its_name(program: Program, video: Video, alice: User, bob: User) -> None:
    values = {"scale": "1080p", "model": "bicubic", "codec": "av1", "quality": "normal", "container": "auto"}
    own_presets.save(alice, "Episodes", values)
    own_presets.save(bob, "His", values)
    assert program.ask("post", "/upscales", {"video": str(video.pk), "preset": "Episodes"}).status_code == 201
    assert Upscale.objects.get().settings == {"codec": "av1", "fit": "1080p"}
    for name in ("His", "magic"):
        answer = program.ask("post", "/upscales", {"video": str(video.pk), "preset": name})
        assert answer.status_code == 409 and "choose fast" in detail(answer)


def test_a_part_and_a_size_are_asked_for_like_on_the_page(program: Program, video: Video) -> None:
    wanted = {"video": str(video.pk), "fit": "1080p", "start": "0:02", "end": "4.4"}
    assert program.ask("post", "/upscales", wanted).status_code == 201
    upscale = Upscale.objects.get()
    assert (upscale.start, upscale.stop, upscale.frames) == (50, 110, 60)
    assert (upscale.scale, upscale.settings["fit"]) == (4, "1080p")
    answer = program.ask("post", "/upscales", {**wanted, "start": "5"})
    assert answer.status_code == 409 and "choose an earlier start" in detail(answer)


@pytest.mark.parametrize(
    "wish, field",
    [
        ({"scale": 7}, "scale"),
        ({"model": "magic"}, "model"),
        ({"codec": "gif"}, "codec"),
        ({"qualty": "best"}, "wanted.qualty"),
        ({"container": "avi"}, "container"),
        ({"fit": "8K"}, "scale"),
        ({"without": ["picture"]}, "without"),
        ({"deinterlace": "perhaps"}, "deinterlace"),
    ],
)
def test_a_wish_that_cannot_be_is_told_by_its_field(
    program: Program, video: Video, wish: dict[str, object], field: str
) -> None:
    answer = program.ask("post", "/upscales", {"video": str(video.pk)} | wish)
    assert answer.status_code == 422 and detail(answer)
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert not Upscale.objects.exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ftp://example.org/", "", "http://[", "http://a:b/\x00"])
def test_a_webhook_that_cannot_be_starts_nothing(program: Program, video: Video, url: str) -> None:
    answer = program.ask("post", "/upscales", {"video": str(video.pk), "webhook": url})
    assert answer.status_code == 409 and detail(answer)
    assert not Upscale.objects.exists()


def test_limits_are_told_in_the_sentence_of_the_page(program: Program, video: Video, settings: Settings) -> None:
    settings.MAX_RESULT_PIXELS = 100
    answer = program.ask("post", "/upscales", {"video": str(video.pk)})
    assert answer.status_code == 409 and "choose a smaller scale" in detail(answer)


def test_a_repeated_request_starts_one_conversion(program: Program, video: Video) -> None:
    wanted = {"video": str(video.pk), "scale": 2}
    answers = [program.ask("post", "/upscales", wanted, Idempotency_Key="k").json() for _ in range(2)]
    assert answers[0]["id"] == answers[1]["id"]
    assert Upscale.objects.count() == 1
    assert program.ask("post", "/upscales", wanted, Idempotency_Key="other").json()["id"] != answers[0]["id"]


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_start_one_conversion(program: Program, video: Video) -> None:
    def ask(_: int) -> str:
        try:
            return str(program.ask("post", "/upscales", {"video": str(video.pk)}, Idempotency_Key="k").json()["id"])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    assert Upscale.objects.count() == 1


def test_conversions_are_counted_by_the_hour_but_not_twice_under_one_key(
    program: Program, video: Video, settings: Settings
) -> None:
    settings.JOBS_PER_HOUR = 1
    wanted = {"video": str(video.pk)}
    assert [program.ask("post", "/upscales", wanted, Idempotency_Key="k").status_code for _ in range(2)] == [201, 201]
    answer = program.ask("post", "/upscales", wanted)
    assert answer.status_code == 429 and "started 1 conversions this hour" in detail(answer)
    assert 0 < int(answer["Retry-After"]) <= 3600
    upscale = Upscale.objects.get()
    jobs.cancel(upscale)
    assert program.ask("post", f"/upscales/{upscale.pk}/retry").status_code == 429


def test_what_is_deleted_is_written_down(program: Program, done: Upscale) -> None:
    program.ask("delete", f"/upscales/{done.pk}")
    program.ask("delete", f"/videos/{done.video_id}")
    events = Event.objects.order_by("pk").values_list("what", "about", "name")
    assert list(events) == [
        ("result_deleted", "holiday.mp4 x2", "alice@example.org"),
        ("video_deleted", "holiday.mp4", "alice@example.org"),
    ]


def test_a_key_stands_for_one_wish_only(program: Program, video: Video) -> None:
    program.ask("post", "/upscales", {"video": str(video.pk), "scale": 2}, Idempotency_Key="k")
    answer = program.ask("post", "/upscales", {"video": str(video.pk), "scale": 3}, Idempotency_Key="k")
    assert answer.status_code == 422 and "use a new key" in detail(answer)


def test_a_refused_request_does_not_use_up_its_key(program: Program, video: Video) -> None:
    Video.objects.update(state="checking")
    wanted = {"video": str(video.pk)}
    assert "wait until it has been checked" in detail(program.ask("post", "/upscales", wanted, Idempotency_Key="k"))
    Video.objects.update(state="ready")
    assert program.ask("post", "/upscales", wanted, Idempotency_Key="k").status_code == 201


def test_keys_of_different_people_have_nothing_to_do_with_each_other(
    program: Program, stranger: Program, video: Video, charlie: User
) -> None:
    program.ask("post", "/upscales", {"video": str(video.pk)}, Idempotency_Key="k")
    theirs = Video.objects.create(owner=charlie, name="b.mp4", size=1, state="ready", facts=video.facts)
    answer = stranger.ask("post", "/upscales", {"video": str(theirs.pk)}, Idempotency_Key="k")
    assert answer.json()["video"] == str(theirs.pk)


def test_a_conversion_is_cancelled_once_and_retried(program: Program, video: Video) -> None:
    upscale = Upscale.objects.create(video=video, model="bicubic", scale=2)
    path = f"/upscales/{upscale.pk}"
    assert program.ask("post", f"{path}/cancel").json()["state"] == "cancelled"
    assert "nothing to cancel" in detail(program.ask("post", f"{path}/cancel"))
    assert program.ask("post", f"{path}/retry").json()["state"] == "queued"
    assert program.ask("post", f"{path}/retry").status_code == 409


def test_deleting_takes_rows_and_files(program: Program, video: Video, done: Upscale) -> None:
    assert program.ask("delete", f"/upscales/{done.pk}").status_code == 204
    assert not done.folder.exists() and video.source.exists()
    assert program.ask("delete", f"/videos/{video.pk}").status_code == 204
    assert not video.folder.exists() and not Video.objects.exists()


def test_a_result_comes_whole_or_in_ranges(program: Program, done: Upscale) -> None:
    told = program.get(f"/upscales/{done.pk}").json()
    assert told["download"].endswith(f"/api/v1/upscales/{done.pk}/download")
    whole = program.get(f"/upscales/{done.pk}/download")
    assert b"".join(whole.streaming_content) == b"result"
    assert whole["Content-Disposition"] == 'attachment; filename="holiday x2.mp4"'
    part = program.get(f"/upscales/{done.pk}/download", Range="bytes=3-")
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"ult")
    assert program.ask("head", f"/upscales/{done.pk}/download")["Content-Length"] == "6"
    beyond = program.get(f"/upscales/{done.pk}/download", Range="bytes=9-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, "bytes */6")


def test_an_original_comes_back_byte_for_byte(program: Program, video: Video) -> None:
    assert b"".join(program.get(f"/videos/{video.pk}/original").streaming_content) == b"film"


def test_models_are_told_with_their_cost(program: Program, settings: Settings) -> None:
    models = {model["name"]: model for model in program.get("/models").json()}
    assert models["bicubic"]["scales"] == [2, 3, 4] and models["bicubic"]["cost"] > 0
    assert [model["name"] for model in models.values() if model["default"]] == [settings.DEFAULT_MODEL]


def test_the_account_is_told_with_limits_and_use(program: Program, video: Video, settings: Settings) -> None:
    settings.MAX_VIDEOS = 7
    account = program.get("/account").json()
    assert (account["email"], account["limits"]["videos"], account["usage"]) == (
        "alice@example.org",
        7,
        {"stored_bytes": 4, "videos": 1, "month_work": 0.0, "jobs": 0},
    )
    assert account["token"]["scopes"] == ["read", "upload", "convert", "delete"]


@pytest.mark.parametrize(
    "method, path",
    [
        ("get", "/videos/{video}"),
        ("delete", "/videos/{video}"),
        ("get", "/videos/{video}/original"),
        ("get", "/upscales/{upscale}"),
        ("get", "/upscales/{upscale}/download"),
        ("post", "/upscales/{upscale}/cancel"),
        ("post", "/upscales/{upscale}/retry"),
        ("delete", "/upscales/{upscale}"),
    ],
)
def test_a_stranger_gets_404_as_if_there_were_nothing(stranger: Program, done: Upscale, method: str, path: str) -> None:
    real = stranger.ask(method, path.format(video=done.video_id, upscale=done.pk))
    assert real.status_code == 404
    assert detail(real) == detail(stranger.ask(method, path.format(video=NOWHERE, upscale=NOWHERE)))
    assert Upscale.objects.get().state == "done"


def test_a_stranger_converts_and_lists_nothing_of_others(stranger: Program, done: Upscale) -> None:
    assert stranger.ask("post", "/upscales", {"video": str(done.video_id)}).status_code == 404
    assert stranger.get("/videos").json()["items"] == stranger.get("/upscales").json()["items"] == []


def test_an_address_that_is_none_is_a_problem_document(program: Program) -> None:
    answer = program.get("/nonsense")
    assert answer.status_code == 404 and "check the address" in detail(answer)


def test_a_method_that_is_none_is_a_problem_document(program: Program) -> None:
    answer = program.ask("put", "/models")
    assert (answer.status_code, answer["Allow"]) == (405, "GET") and detail(answer)


def test_a_body_that_is_no_json_is_a_problem_document(program: Program) -> None:
    answer = program.ask("post", "/upscales", "{")
    assert answer.status_code == 400 and detail(answer)
