"""Pausing and going on: nothing done is lost, nobody works on what is paused, and two tabs get one plain sentence."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from tests.api.conftest import Program, TokenMaker, token_of  # noqa: F401
from tests.conftest import JobMaker
from tests.videos.test_views import CLIP
from videos import jobs, pausing, retention
from videos.models import Segment, Upscale, Video
from videos.work import planning, sweeping
from videos.work.claiming import claim_next, keep

State = Upscale.State


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def taken() -> Segment:
    segment = claim_next()
    assert segment is not None
    return segment


def states(job: Upscale) -> list[tuple[str, int, int]]:
    job.refresh_from_db()
    return list(job.segments.values_list("state", "attempts", "frames_done"))


def said(browser: Client, name: str, *args: object) -> str:
    return browser.post(reverse(f"videos:{name}", args=args), {"dashboard": ""}, follow=True).content.decode()


def test_pausing_keeps_what_is_done_and_gives_back_what_is_in_work(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=3)
    first = taken()
    assert first.done(first.attempt_file())
    running = taken()
    assert keep(running, 7)
    assert pausing.pause(Upscale.objects.get(pk=job.pk))
    assert states(job) == [("done", 1, 10), ("queued", 0, 0), ("queued", 0, 0)]
    assert (job.state, job.frames_done) == ("paused", 10)
    assert not keep(running, 8) and not running.done("late.nut") and not running.give_back()
    assert claim_next() is None


def test_it_goes_on_where_it_was(alice: User, job_of: JobMaker, calls: list[str]) -> None:
    job = job_of(alice)
    first = taken()
    assert first.done(first.attempt_file())
    job.folder.mkdir()
    (job.folder / first.file).touch()
    assert pausing.pause(job) and pausing.resume(job)
    planning.plan(job.pk)
    assert taken().number == 1
    assert states(job)[0] == ("done", 1, 10) and job.state == State.RUNNING


def test_what_was_done_in_the_moment_of_the_pause_is_joined_afterwards(
    alice: User, job_of: JobMaker, calls: list[str]
) -> None:
    job = job_of(alice, pieces=1)
    segment = taken()
    assert segment.done(segment.attempt_file())  # and nobody has looked whether that was the last
    job.refresh_from_db()
    assert pausing.pause(job)
    assert pausing.resume_all(Upscale.objects.all()) == 1
    sweeping.wake()
    job.refresh_from_db()
    assert job.state == State.ASSEMBLING


def test_a_plan_that_comes_after_a_pause_does_not_count(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=0)
    planner = Upscale.objects.get(pk=job.pk)
    planner.holder = job.pk
    Upscale.objects.filter(pk=job.pk).update(holder=job.pk)
    assert pausing.pause(job)
    assert not planner.plan([(0, 10)]) and not planner.fail("Broken.")
    assert job.resume() and (job.state, job.attempts, job.holder) == ("queued", 0, None)


@pytest.mark.parametrize("state", [state for state in State if state not in Upscale.WORKED_ON])
def test_only_work_can_be_paused(alice: User, job_of: JobMaker, state: str) -> None:
    job = job_of(alice, state=state)
    assert not pausing.pause(job)
    assert pausing.resume(job) == (state == State.PAUSED)


def test_a_paused_job_can_be_cancelled_and_its_video_is_not_taken_away(
    alice: User, job_of: JobMaker, settings: Settings
) -> None:
    settings.ORIGINAL_DAYS = 1
    job = job_of(alice, state="paused")
    done = Upscale.objects.create(video=job.video, model="bicubic", scale=3, state="done", finished="2020-01-01T00:00Z")
    assert retention.original_expires(job.video, [job, done]) is None
    assert not jobs.purge(job)
    assert jobs.cancel(job)


def test_pausing_all_pauses_ones_own_and_costs_few_queries(alice: User, bob: User, job_of: JobMaker) -> None:
    mine = [job_of(alice) for _ in range(12)] + [job_of(alice, sample=True)]
    others = job_of(bob)
    for _ in range(4):
        taken()
    owned = Upscale.objects.filter(video__owner=alice)
    with CaptureQueriesContext(connection) as queries:
        assert pausing.pause_all(owned.filter(sample=False)) == 12
    assert len(queries) < 30
    assert set(owned.values_list("state", "sample")) - {("running", True), ("queued", True)} == {("paused", False)}
    assert mine[-1].state != State.PAUSED
    others.refresh_from_db()
    assert others.state in Upscale.WORKED_ON
    assert pausing.resume_all(owned) == 12 and pausing.resume_all(owned) == 0


@pytest.mark.django_db(transaction=True)
def test_a_pause_and_a_claim_at_once_leave_nobody_at_work_on_a_paused_job(job_of: JobMaker) -> None:
    owner = User.objects.create_user("a@example.org")
    acts: list[Callable[[], Any]] = [
        claim_next,
        lambda: pausing.pause_all(Upscale.objects.all()),
        lambda: [pausing.pause(job) for job in Upscale.objects.all()],
    ]
    together = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        together.wait()
        act()
        connection.close()

    for _ in range(5):
        job_of(owner)
        with ThreadPoolExecutor(len(acts)) as pool:
            list(pool.map(run, acts))
        assert not Upscale.objects.exclude(state=State.PAUSED).exists()
        assert not Segment.objects.exclude(state=Segment.State.QUEUED, attempts=0, holder=None).exists()


def test_two_tabs_get_one_plain_sentence(browser: Client, alice: User, job_of: JobMaker) -> None:
    job = job_of(alice)
    Video.objects.update(facts=None)
    assert "It goes on already" in said(browser, "resume", job.pk)
    assert "note" not in said(browser, "pause", job.pk).partition("messages")[2].partition("</div>")[0]
    assert "It is paused already" in said(browser, "pause", job.pk)
    assert jobs.cancel(job)
    assert "It had ended already" in said(browser, "pause", job.pk)
    assert "try it again instead" in said(browser, "resume", job.pk)
    Upscale.objects.update(state=State.ASSEMBLING)
    assert "wait a moment" in said(browser, "pause", job.pk)
    assert "nothing to pause any more" in said(browser, "pause_listed")
    assert "None of them is paused any more" in said(browser, "resume_listed")
    assert "None of them has failed any more" in said(browser, "retry_listed")


def test_the_page_offers_what_can_be_done(browser: Client, alice: User, job_of: JobMaker) -> None:
    job, _ = (job_of(alice, state="running", frames_done=5) for _ in range(2))
    Video.objects.update(facts=None)
    assert "Pause all 2" in browser.get("/").content.decode()
    said(browser, "pause_listed")
    shown = browser.get("/?state=paused").content.decode()
    assert "Go on with all 2" in shown and "Paused at 0 %" in shown and "2 paused" in shown
    part = browser.get(reverse("videos:job", args=[job.pk])).content.decode()
    assert "Go on" in part and "Cancel" in part and "hx-trigger" not in part and "Delete" not in part
    said(browser, "resume_listed")
    job.refresh_from_db()
    assert job.state == State.QUEUED


def test_only_what_is_listed_is_paused(browser: Client, alice: User, job_of: JobMaker) -> None:
    listed, other = job_of(alice), job_of(alice)
    Video.objects.filter(pk=other.video_id).update(name="other.mp4")
    browser.post(reverse("videos:pause_listed") + "?q=clip")
    assert [Upscale.objects.get(pk=job.pk).state for job in (listed, other)] == ["paused", "queued"]


def test_all_that_failed_is_tried_again_and_what_cannot_be_holds_up_no_other(
    browser: Client, alice: User, job_of: JobMaker, settings: Settings
) -> None:
    failed = [job_of(alice, state="failed") for _ in range(3)]
    Video.objects.update(facts=None)
    Video.objects.filter(pk=failed[0].video_id).update(original_removed="2026-01-01T00:00Z")
    Video.objects.exclude(pk=failed[0].video_id).update(facts={"video": {"width": 64, "height": 48}})
    answer = browser.post(reverse("videos:retry_listed"), {"dashboard": ""})
    told = [str(message) for message in answer.wsgi_request._messages]
    assert told[0] == "2 are tried again." and "upload it again to convert it" in told[1]
    assert [Upscale.objects.get(pk=job.pk).state for job in failed] == ["failed", "queued", "queued"]


def test_the_hours_limit_stops_trying_again_with_its_sentence(
    browser: Client, alice: User, job_of: JobMaker, settings: Settings
) -> None:
    settings.JOBS_PER_HOUR = 1
    for _ in range(3):
        job_of(alice, state="failed")
    answer = browser.post(reverse("videos:retry_listed"))
    told = [str(message) for message in answer.wsgi_request._messages]
    assert told[0] == "1 is tried again." and "2 were left" in told[1] and "go on in" in told[1]


def test_programs_pause_and_resume(alice: User, job_of: JobMaker, token_of: TokenMaker) -> None:  # noqa: F811
    program, job = Program(token_of(alice)), job_of(alice)
    assert program.ask("post", f"/upscales/{job.pk}/pause").json()["state"] == "paused"
    assert "paused already" in program.ask("post", f"/upscales/{job.pk}/pause").json()["detail"]
    assert program.ask("post", f"/upscales/{job.pk}/resume").json()["state"] == "queued"
    assert program.ask("post", f"/upscales/{job.pk}/resume").status_code == 409


@pytest.mark.parametrize(
    ("state", "words"),
    [("paused", "let it go on instead"), ("done", "done already"), ("running", "already under way")],
)
def test_trying_again_what_another_tab_has_changed_says_how_it_is(
    browser: Client,
    alice: User,
    job_of: JobMaker,
    token_of: TokenMaker,  # noqa: F811
    state: str,
    words: str,
) -> None:
    job = job_of(alice, state=state)
    answer = browser.post(reverse("videos:retry", args=[job.pk]))
    assert [words in str(message) for message in answer.wsgi_request._messages] == [True]
    assert words in Program(token_of(alice)).ask("post", f"/upscales/{job.pk}/retry").json()["detail"]
    job.refresh_from_db()
    assert job.state == state


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_cancelling_what_has_ended_in_another_tab_changes_nothing(
    browser: Client, alice: User, job_of: JobMaker, state: str
) -> None:
    job = job_of(alice, state=state)
    answer = browser.post(reverse("videos:cancel", args=[job.pk]))
    assert ["already ended" in str(message) for message in answer.wsgi_request._messages] == [True]
    job.refresh_from_db()
    assert job.state == state


def test_starting_the_same_in_two_tabs_makes_it_once(browser: Client, alice: User, job_of: JobMaker) -> None:
    video = job_of(alice, state="done").video
    address = reverse("videos:convert", args=[video.pk])
    Video.objects.update(facts=CLIP.to_json(), frames=312)
    wish = {"scale": 2, "model": "bicubic"}
    browser.post(address, wish)
    answer = browser.post(address, wish)
    assert ["change a choice" in str(message) for message in answer.wsgi_request._messages] == [True]
    browser.post(address, wish | {"deinterlace": "on"})
    assert Upscale.objects.filter(state="queued").count() == 2


def test_a_video_deleted_in_another_tab_while_it_is_converted_is_gone_for_this_one(
    browser: Client, alice: User, job_of: JobMaker
) -> None:
    job = job_of(alice, state="running")
    browser.post(reverse("videos:delete_video", args=[job.video_id]))
    assert not Upscale.objects.exists() and not job.folder.exists()
    for name in ("cancel", "retry", "pause", "resume"):
        assert browser.post(reverse(f"videos:{name}", args=[job.pk])).status_code == 404
    assert browser.get(reverse("videos:job", args=[job.pk])).status_code == 404
