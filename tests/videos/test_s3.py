"""Files in a bucket: whole or not at all, by their paths, and on this machine for no longer than needed."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.conftest import JobMaker
from tests.videos.bucket import Bucket
from tests.videos.test_views import CLIP
from videos import jobs, storage
from videos.models import Upscale, Video
from videos.serving import send
from videos.storage import store, writing
from videos.stored import AWAY, StorageError
from videos.work import claiming
from videos.work.attempts import attempt
from videos.work.leases import claim
from videos.work.sweeping import sweep
from vsrsite import backup, health


@pytest.fixture
def film(media_root: Path, bucket: Bucket) -> Path:
    """A file in the bucket."""
    bucket.objects["site/folder/film.mp4"] = b"0123456789"
    return media_root / "folder" / "film.mp4"


def on_disk(media_root: Path) -> list[Path]:
    return [path for path in media_root.rglob("*") if path.is_file()]


def test_what_is_made_is_kept_in_the_bucket_and_not_on_the_disk(media_root: Path, bucket: Bucket) -> None:
    with writing(media_root / "folder" / "film.mp4", "holder") as path:
        path.write_bytes(b"film")
        assert bucket.objects == {}
    assert bucket.objects == {"site/folder/film.mp4": b"film"}
    assert bucket.kinds == {"site/folder/film.mp4": "video/mp4"}
    assert on_disk(media_root) == []


def test_what_goes_wrong_half_way_is_kept_nowhere(media_root: Path, bucket: Bucket) -> None:
    with pytest.raises(ValueError), writing(media_root / "film.mp4", "holder") as path:
        path.write_bytes(b"fi")
        raise ValueError
    assert bucket.objects == {} and on_disk(media_root) == []


def test_a_file_is_fetched_for_as_long_as_it_is_looked_at(film: Path, media_root: Path) -> None:
    with store().fetched(film) as path:
        assert path.read_bytes() == b"0123456789" and path.suffix == ".mp4"
    assert on_disk(media_root) == []
    with pytest.raises(FileNotFoundError), store().fetched(film.with_name("gone")):
        pass


def test_fetching_can_be_broken_off(film: Path, media_root: Path) -> None:
    def lost() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError), store().fetched(film, lost):
        pass
    assert on_disk(media_root) == []


def test_a_file_is_looked_at_read_in_part_and_linked(film: Path, bucket: Bucket) -> None:
    stored = store().look(film)
    assert stored and stored.size == 10 and store().look(film.with_name("gone")) is None
    assert b"".join(store().read(film, range(2, 5))) == b"234" and list(store().read(film, range(0))) == []
    store().link(film, film.with_name("other.mp4"))
    assert bucket.objects["site/folder/other.mp4"] == b"0123456789"
    with pytest.raises(OSError):
        store().link(film.with_name("gone"), film)


def test_folders_come_before_what_is_in_them(film: Path, media_root: Path, bucket: Bucket) -> None:
    bucket.uploads["1"] = "site/other/source", {}
    bucket.objects["elsewhere/file"] = b""
    found = [str(path.relative_to(media_root)) for path in store().paths(media_root)]
    assert found == ["folder", "folder/film.mp4", "other", "other/source"]
    assert list(store().paths(film.parent)) == [film]


def test_a_browser_is_sent_to_the_bucket_with_the_name_and_the_type_that_we_give(film: Path) -> None:
    answer = send(RequestFactory().get("/"), film, "video/mp4", "my film.mp4", download=True)
    assert (answer.status_code, answer["Cache-Control"]) == (302, "private, no-store")
    assert answer["Location"].startswith("http://bucket/vsr/site/folder/film.mp4?seconds=3600")
    assert "ResponseContentType=video/mp4" in answer["Location"] and 'filename="my film.mp4"' in answer["Location"]
    with pytest.raises(Http404):
        send(RequestFactory().get("/"), film.with_name("gone"), "video/mp4")


def test_head_is_answered_here(film: Path) -> None:
    answer = send(RequestFactory().head("/"), film, "video/mp4")
    assert (answer.status_code, answer["Content-Length"]) == (200, "10")


def test_files_go_through_the_site_where_browsers_cannot_reach_the_bucket(film: Path, settings: Settings) -> None:
    settings.S3_REDIRECT = False
    answer = send(RequestFactory().get("/", headers={"Range": "bytes=2-4"}), film, "video/mp4")
    assert (answer.status_code, b"".join(answer), answer["Content-Range"]) == (206, b"234", "bytes 2-4/10")  # type: ignore[arg-type]


def test_the_sweep_removes_what_no_row_knows(alice: User, job_of: JobMaker, bucket: Bucket) -> None:
    job = job_of(alice, state="done", file=f"result-{uuid4()}.mp4")
    kept = [f"site/{job.video_id}/source", f"site/{job.video_id}/{job.pk}/{job.file}"]
    lost = [f"site/{uuid4()}/source", f"site/{job.video_id}/{job.pk}/segment-0-{uuid4()}.nut"]
    bucket.objects |= dict.fromkeys([*kept, *lost], b"")
    bucket.uploads["1"] = f"site/{uuid4()}/source", {}
    bucket.uploads["2"] = f"site/{job.video_id}/{job.pk}/result-{uuid4()}.mp4", {}
    sweep()
    assert list(bucket.objects) == kept and bucket.uploads == {}


def test_deleting_leaves_nothing(alice: User, job_of: JobMaker, bucket: Bucket) -> None:
    job = job_of(alice, state="done", file="result.mp4")
    bucket.objects |= dict.fromkeys([f"site/{job.video_id}/source", f"site/{job.video_id}/{job.pk}/result.mp4"], b"")
    bucket.uploads["1"] = f"site/{job.video_id}/source", {}
    jobs.remove_video(job.video)
    assert bucket.objects == {} and bucket.uploads == {}


def test_what_cannot_be_removed_now_is_left_for_the_sweep(alice: User, job_of: JobMaker, bucket: Bucket) -> None:
    job = job_of(alice)
    bucket.objects[f"site/{job.video_id}/source"] = b""
    bucket.away = True
    jobs.remove_video(job.video)
    assert not Video.objects.exists()
    sweep()
    bucket.away = False
    assert bucket.objects
    sweep()
    assert bucket.objects == {}


def test_an_attempt_that_the_bucket_spoiled_does_not_count(alice: User, job_of: JobMaker, bucket: Bucket) -> None:
    job = job_of(alice, pieces=0)
    claim(Upscale.objects.filter(pk=job.pk))
    job.refresh_from_db()
    with attempt(job, lambda frames: True):
        raise StorageError("The bucket is away; wait.")
    job.refresh_from_db()
    assert (job.state, job.attempts, job.holder) == ("queued", 0, None)


def test_work_waits_for_the_bucket_and_says_so(alice: User, job_of: JobMaker, bucket: Bucket) -> None:
    job = job_of(alice)
    bucket.away = True
    assert claiming.claim_next() is None
    job.refresh_from_db()
    assert job.paused == AWAY
    bucket.away = False
    sweep()
    job.refresh_from_db()
    assert job.paused == "" and claiming.claim_next()


def test_a_page_that_needs_the_bucket_says_that_it_is_away_and_others_stay_up(
    client: Client, alice: User, job_of: JobMaker, bucket: Bucket
) -> None:
    job = job_of(alice, state="done", file="result.mp4", container="mp4", size=1, sha256="0")
    Video.objects.update(facts=CLIP.to_json())
    client.force_login(alice)
    bucket.away = True
    answer = client.get(reverse("videos:download", args=[job.pk]))
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert str(AWAY) in answer.content.decode()
    assert client.get("/").status_code == 200
    assert health.trouble("storage") == AWAY


@pytest.mark.parametrize(
    ("refused", "said"),
    [("put_object", "S3_KEY_ID may not put_object"), ("list_objects_v2", "S3_KEY_ID may not list_objects_v2")],
)
def test_rights_that_are_missing_are_named(bucket: Bucket, refused: str, said: str) -> None:
    bucket.refused = {refused}
    assert said in store().trouble() and "; give it that right." in store().trouble()
    assert storage.obstacle() == AWAY


def test_an_expired_upload_takes_its_parts_along(alice: User, bucket: Bucket) -> None:
    past = timezone.now() - timedelta(seconds=1)
    video = Video.objects.create(owner=alice, name="a.mp4", size=10, upload_id="1", expires=past)
    bucket.uploads["1"] = f"site/{video.pk}/source", {}
    sweep()
    assert not Video.objects.exists() and bucket.uploads == {}


@pytest.mark.django_db(transaction=True)
def test_a_backup_holds_what_is_in_the_bucket_and_is_put_back(
    alice: User, job_of: JobMaker, bucket: Bucket, media_root: Path, tmp_path: Path
) -> None:
    job = job_of(alice, state="done", file="result.mp4")
    Video.objects.create(owner=alice, name="half.mp4", size=10, offset=4, upload_id="1")
    kept = {f"site/{job.video_id}/{name}": name.encode() for name in ("source", "index.npz", f"{job.pk}/result.mp4")}
    bucket.objects |= kept | {f"site/{job.video_id}/{job.pk}/of-nobody": b"x"}
    manifest, lost = backup.make(tmp_path / "backup", portable=True)
    assert lost == []
    bucket.objects.clear()
    for name in manifest.files:
        if name.startswith("media/"):
            store().bring_back(tmp_path / "backup" / name, media_root / name.removeprefix("media/"))
    assert bucket.objects == kept
