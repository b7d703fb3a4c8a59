"""The order of one's own work: what is moved goes where it was put, and the work follows."""

import random

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.conftest import JobMaker
from videos import jobs, ordering
from videos.models import Upscale, Video
from videos.work.claiming import claim_next


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def order(owner: User) -> list[Upscale]:
    return list(ordering.in_order(owner))


def test_any_move_puts_a_job_where_it_was_put(alice: User, job_of: JobMaker) -> None:
    expected = [job_of(alice) for _ in range(6)]
    luck = random.Random(7)
    for _ in range(60):
        job = luck.choice(expected)
        others = [other for other in expected if other != job]
        place = luck.randrange(len(expected))
        assert ordering.move(Upscale.objects.get(pk=job.pk), others[place] if place < len(others) else None)
        expected = [*others[:place], job, *others[place:]]
        assert order(alice) == expected


def test_the_work_follows_the_order(alice: User, job_of: JobMaker) -> None:
    first, second, third = (job_of(alice, pieces=1) for _ in range(3))
    assert ordering.move_first(third) and ordering.move(second, first)
    taken = [claim_next() for _ in range(3)]
    assert [segment and segment.upscale for segment in taken] == [third, second, first]


def test_what_is_in_work_keeps_its_place_unless_it_is_moved(alice: User, job_of: JobMaker) -> None:
    running, first, second = job_of(alice), job_of(alice), job_of(alice)
    assert claim_next()
    assert ordering.move(second, first)
    assert order(alice) == [running, second, first]
    segment = claim_next()
    assert segment and segment.upscale == running


def test_others_keep_their_order(alice: User, bob: User, job_of: JobMaker) -> None:
    theirs = [job_of(bob), job_of(bob)]
    mine = [job_of(alice) for _ in range(3)]
    ordering.move(mine[1], mine[0])
    ordering.move(mine[2], mine[0])
    assert order(bob) == theirs
    assert set(Upscale.objects.filter(video__owner=bob).values_list("priority", flat=True)) == {0}
    assert not ordering.move(mine[0], theirs[0])


def test_what_has_ended_meanwhile_is_neither_moved_nor_a_place(alice: User, job_of: JobMaker) -> None:
    job, ended = job_of(alice), job_of(alice)
    assert jobs.cancel(ended)
    assert not ordering.move(job, ended) and not ordering.move(ended, job)
    assert order(alice) == [job]


def test_a_move_costs_few_queries_however_long_the_queue_is(alice: User, job_of: JobMaker) -> None:
    video = job_of(alice).video
    made = [Upscale(video=video, model="bicubic", scale=2) for _ in range(500)]
    Upscale.objects.bulk_create(made)
    rows = order(alice)
    for job, before in ((rows[400], rows[3]), (rows[2], rows[300]), (rows[5], None)):
        with CaptureQueriesContext(connection) as queries:
            assert ordering.move(job, before)
        assert len(queries) < 12


def test_the_page_moves_by_plain_buttons(browser: Client, alice: User, job_of: JobMaker) -> None:
    first, second, third = (job_of(alice) for _ in range(3))
    shown = browser.get(reverse("videos:queue")).content.decode()
    assert f'id="up-{third.pk}" name="before" value="{second.pk}"' in shown
    assert f'id="down-{first.pk}" name="before" value="{third.pk}"' in shown
    assert f'id="down-{second.pk}" name="before" value=""' in shown
    answer = browser.post(reverse("videos:move", args=[third.pk]), {"before": str(second.pk), "queue": ""})
    assert answer["Location"] == "/queue/" and order(alice) == [first, third, second]
    browser.post(reverse("videos:move", args=[first.pk]), {"before": ""})
    browser.post(reverse("videos:move", args=[second.pk]), {"before": "first", "dashboard": ""})
    assert order(alice) == [second, third, first]


def test_the_script_gets_the_list_anew_and_what_to_say(browser: Client, alice: User, job_of: JobMaker) -> None:
    first, second = job_of(alice), job_of(alice)
    address = reverse("videos:move", args=[second.pk])
    part = browser.post(address, {"before": str(first.pk)}, headers={"HX-Request": "true"}).content.decode()
    assert 'data-announce="clip.mp4 is now number 1 of 2"' in part and "<html" not in part
    for gone in ("nonsense", str(alice.pk), str(jobs.cancel(first) and first.pk)):
        part = browser.post(address, {"before": gone}, headers={"HX-Request": "true"}).content.decode()
        assert "The queue has moved on meanwhile" in part
    assert "moved on" in browser.post(address, {"before": "x", "queue": ""}, follow=True).content.decode()


def test_nobody_moves_before_what_is_others(browser: Client, alice: User, bob: User, job_of: JobMaker) -> None:
    mine, theirs = job_of(alice), job_of(bob)
    assert browser.post(reverse("videos:move", args=[theirs.pk]), {"before": ""}).status_code == 404
    browser.post(reverse("videos:move", args=[mine.pk]), {"before": str(theirs.pk)})
    assert Upscale.objects.get(pk=mine.pk).priority == 0


def test_an_empty_queue_says_what_to_do_and_a_long_one_how_much_more_there_is(
    browser: Client, alice: User, job_of: JobMaker
) -> None:
    assert "Nothing of yours waits" in browser.get(reverse("videos:queue")).content.decode()
    video = job_of(alice, state="paused").video
    Upscale.objects.bulk_create(Upscale(video=video, model="bicubic", scale=2) for _ in range(130))
    with CaptureQueriesContext(connection) as queries:
        shown = browser.get(reverse("videos:queue")).content.decode()
    assert "30 more come after these" in shown and "Paused" in shown and len(queries) < 12
    assert f'data-job="{order(alice)[100].pk}"' in shown


def test_a_waiting_job_is_made_first_from_its_card(browser: Client, alice: User, job_of: JobMaker) -> None:
    first, second = job_of(alice), job_of(alice)
    Video.objects.update(facts=None)
    parts = [browser.get(reverse("videos:job", args=[job.pk])).content.decode() for job in (first, second)]
    assert ["Make it first" in part for part in parts] == [False, True]
