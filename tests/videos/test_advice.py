"""What is said of a source before it is converted."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from duf.media.frames import Index
from tests.videos.test_views import CLIP
from videos.advice import advice, is_uneven
from videos.models import Video

PLAIN = {"detail": {"fine": -26.0, "drop": 12.0}, "uneven": False}


@pytest.fixture
def video(alice: User) -> Video:
    video = Video.objects.create(
        owner=alice, name="a.mp4", size=9_000_000, state="ready", facts=CLIP.to_json(), frames=312, seen=PLAIN
    )
    video.folder.mkdir()
    return video


def said(video: Video) -> str:
    return " ".join(entry.sentence for entry in advice(video))


@pytest.mark.parametrize(
    ("size", "seen", "picture", "words"),
    [
        (9_000_000, {}, {}, ""),
        (550_000, {}, {}, "heavily compressed"),
        (550_000, {}, {"codec": "hevc"}, ""),
        (750_000, {}, {"codec": "mpeg2video"}, "heavily compressed"),
        (9_000_000, {"detail": {"fine": -40.0, "drop": 12.0}}, {}, "enlarged before, or is soft"),
        (9_000_000, {"detail": {"fine": -26.0, "drop": 25.0}}, {}, "enlarged before, or is soft"),
        (550_000, {"detail": {"fine": -40.0, "drop": 25.0}}, {}, "heavily compressed"),
        (9_000_000, {"detail": {"fine": -18.0, "drop": 9.0}}, {}, ""),  # sharp, but small
        (99_000_000, {"detail": {"fine": -18.0, "drop": 9.0}}, {"width": 1280, "height": 720}, "large and sharp"),
        (9_000_000, {"uneven": True}, {}, "each keeps its own time"),
        (9_000_000, {}, {"sample_aspect_ratio": (4, 3)}, "568×240"),
        (9_000_000, {"detail": None}, {}, ""),
    ],
)
def test_what_is_seen_is_said_in_a_sentence(
    video: Video, size: int, seen: dict[str, Any], picture: dict[str, Any], words: str
) -> None:
    facts = CLIP.to_json()
    facts["video"] |= picture
    video.size, video.facts, video.seen = size, facts, PLAIN | seen
    assert words in said(video) and bool(words) == bool(said(video))


def test_a_video_checked_before_there_was_advice_has_none(video: Video) -> None:
    video.seen = None
    assert advice(video) == []


@pytest.mark.parametrize(
    ("lengths", "uneven"),
    [
        ([40] * 50, False),
        ([40] * 49 + [400], False),  # the last is a guess
        ([41, 42] * 25, False),  # rounded to milliseconds
        ([33, 50] * 25, True),
        ([40], False),
    ],
)
def test_uneven_lengths_are_told_from_rounded_ones(lengths: list[int], uneven: bool) -> None:
    count = len(lengths)
    found = Index(np.cumsum(lengths), np.array(lengths), np.zeros(count, np.uint32), np.arange(count) == 0)
    assert is_uneven(found) == uneven


def test_advice_stands_beside_the_choice_with_a_link_to_what_suits(client: Client, video: Video) -> None:
    client.force_login(video.owner)
    Video.objects.update(size=550_000)
    page = client.get(reverse("videos:video", args=[video.pk])).content.decode()
    assert "heavily compressed" in page and f"/videos/{video.pk}/?preset=old#convert" in page


def test_what_was_said_of_interlaced_videos_is_said_in_todays_words(video: Video) -> None:
    halves = import_module("videos.migrations.0021_note_of_halves")
    video.facts["notes"] = ["Another.", halves.BEFORE]
    video.save()
    job = video.upscales.create(model="bicubic", scale=2, notes=[halves.BEFORE])
    halves.reword(apps, connection.schema_editor())
    video.refresh_from_db()
    job.refresh_from_db()
    assert (video.clip.notes, job.notes) == (["Another.", halves.AFTER], [halves.AFTER])
