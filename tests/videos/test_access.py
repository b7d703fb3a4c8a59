"""Who may reach what: the owner, and nobody else."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from accounts.models import User
from videos.access import upscale_for, upscales_of, video_for, videos_of
from videos.models import Upscale, Video


@pytest.fixture
def job(alice: User) -> Upscale:
    video = Video.objects.create(owner=alice, name="holiday.mp4", size=1)
    return Upscale.objects.create(video=video, model="bicubic", scale=2)


def test_the_owner_gets_the_rows(alice: User, job: Upscale) -> None:
    assert video_for(alice, job.video_id) == job.video
    assert upscale_for(alice, job.pk) == job


def test_a_stranger_gets_404_as_if_there_were_nothing(charlie: User, job: Upscale) -> None:
    with pytest.raises(Http404):
        video_for(charlie, job.video_id)
    with pytest.raises(Http404):
        upscale_for(charlie, job.pk)
    assert not videos_of(charlie).exists() and not upscales_of(charlie).exists()


def test_an_administrator_is_a_stranger_on_the_pages(admin: User, job: Upscale) -> None:
    with pytest.raises(Http404):
        video_for(admin, job.video_id)


def test_somebody_who_is_not_signed_in_gets_404(job: Upscale) -> None:
    with pytest.raises(Http404):
        upscale_for(AnonymousUser(), job.pk)
