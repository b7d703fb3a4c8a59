"""The commands: what they do, what they print, and their exit codes."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings
from tusclient.exceptions import TusUploadFailed
from tusclient.uploader import Uploader

from api.models import Token
from tests.vsr.conftest import Terminal, work
from videos.models import Upscale, Video
from vsr.site import Site
from vsr.troubles import Unreachable
from vsrsite.paths import BASE_DIR

pytestmark = pytest.mark.django_db(transaction=True)

FilmMaker = Callable[..., Path]


def converted(terminal: Terminal, film: Path) -> Upscale:
    """A conversion of that film that is done."""
    terminal.run("upscale", film, "--wait")
    return Upscale.objects.get()


def test_files_go_up_are_converted_and_come_back(alice_s: Terminal, film: FilmMaker, tmp_path: Path) -> None:
    files = [film("a.mp4", b"aaaa"), film("b.mp4", b"bbbb")]
    told = alice_s.json("upscale", *files, "--scale", "2", "--model", "bicubic", "--output", tmp_path / "out")
    assert [item["upscale"]["state"] for item in told] == ["done", "done"]
    assert (tmp_path / "out" / "a x2.mp4").read_bytes() == b"aaaaaaaa"
    assert Path(told[1]["result"]).read_bytes() == b"bbbbbbbb"
    assert "a.mp4: uploaded" in alice_s.said and "b.mp4: done" in alice_s.said


def test_without_wait_it_ends_when_everything_is_asked_for(alice_s: Terminal, film: FilmMaker) -> None:
    assert alice_s.run("upscale", film()) == 0
    assert Upscale.objects.get().state == "queued"


def test_the_wish_is_passed_on(alice_s: Terminal, film: FilmMaker) -> None:
    alice_s.run("upscale", film(), "--scale", "3", "--model", "lanczos", "--codec", "h264fast", "--quality", "best")
    upscale = Upscale.objects.get()
    assert (upscale.scale, upscale.model, upscale.settings) == (3, "lanczos", {"codec": "h264fast", "crf": 13})


def test_a_preset_and_tracks_to_leave_out_are_passed_on(alice_s: Terminal, film: FilmMaker) -> None:
    tracks = ("--without", "audio", "--without", "2")
    alice_s.run("upscale", film(), "--preset", "fast", "--container", "matroska", *tracks, "--deinterlace", "on")
    upscale = Upscale.objects.get()
    settings = {"codec": "h264", "crf": 21, "container": "matroska", "without": ["2", "audio"], "deinterlace": "on"}
    assert (upscale.scale, upscale.settings) == (2, settings)


def test_what_fails_does_not_stop_the_rest(alice_s: Terminal, film: FilmMaker, tmp_path: Path) -> None:
    files = [tmp_path / "missing.mp4", film("empty.mp4", b""), film("bad.mp4", b"broken"), film("good.mp4")]
    assert alice_s.run("upscale", *files, "--wait") == 1
    assert "missing.mp4: There is no such file; check" in alice_s.said
    assert "empty.mp4: The file is empty; choose a video." in alice_s.said
    assert "bad.mp4: This is no video; choose another file." in alice_s.said
    assert "good.mp4: done" in alice_s.said
    assert "1 of 4 went well; what is wrong stands above for missing.mp4, empty.mp4, bad.mp4." in alice_s.said


def test_a_site_that_does_not_answer_for_a_while_ends_no_waiting(
    alice_s: Terminal, film: FilmMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, silent = Site.get, [True, False, True]

    def get(site: Site, path: str, **query: object) -> object:
        if path == "/upscales" and silent and silent.pop():
            raise Unreachable("It does not answer.")
        return ask(site, path, **query)

    monkeypatch.setattr(Site, "get", get)
    assert alice_s.run("upscale", film(), "--output", tmp_path / "out") == 0
    assert alice_s.said.count("this goes on when it does") == 2
    monkeypatch.setattr("vsr.upscaling.PATIENCE", -1)
    silent.append(True)
    assert alice_s.run("upscale", film(), "--wait") == 4


def test_a_wish_that_the_site_refuses_is_told_in_its_words(alice_s: Terminal, film: FilmMaker) -> None:
    assert alice_s.run("upscale", film(), "--model", "magic") == 1
    assert "magic cannot be chosen; choose one of stream, " in alice_s.said


def test_run_again_it_makes_nothing_twice_and_says_so(alice_s: Terminal, film: FilmMaker) -> None:
    file = film()
    for said, uploaded in (("film.mp4: uploaded", True), ("film.mp4: is on the site already", False)):
        told = alice_s.json("upscale", file, "--wait")
        assert said in alice_s.said and told[0]["uploaded"] is uploaded
        assert told[0]["upscale"]["state"] == "done"
    assert (Video.objects.count(), Upscale.objects.count()) == (1, 1)


def test_run_again_with_another_wish_it_converts_what_is_there(alice_s: Terminal, film: FilmMaker) -> None:
    file = film()
    alice_s.run("upscale", file, "--scale", "2")
    alice_s.run("upscale", file, "--scale", "3")
    assert Video.objects.count() == 1
    assert sorted(Upscale.objects.values_list("scale", flat=True)) == [2, 3]


def test_run_again_it_retries_what_failed(alice_s: Terminal, film: FilmMaker) -> None:
    file = film()
    alice_s.run("upscale", file)
    Upscale.objects.update(state="failed", reason="The disk broke.")
    assert alice_s.run("upscale", file, "--wait") == 0
    assert Upscale.objects.get().state == "done"


def test_a_conversion_that_fails_is_told_with_its_reason(
    alice_s: Terminal, film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(seconds: float) -> None:
        work()
        Upscale.objects.update(state="failed", reason="The disk broke; try again.")

    monkeypatch.setattr("vsr.upscaling.sleep", fail)
    assert alice_s.run("upscale", film(), "--wait") == 1
    assert "film.mp4: The disk broke; try again." in alice_s.said


def test_a_conversion_that_is_deleted_meanwhile_is_told(
    alice_s: Terminal, film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = film()
    alice_s.run("upscale", file)
    monkeypatch.setattr("vsr.upscaling.sleep", lambda seconds: Upscale.objects.all().delete())
    assert alice_s.run("upscale", file, "--wait") == 1
    assert "was deleted meanwhile" in alice_s.said


def test_a_changed_file_is_another_video(alice_s: Terminal, film: FilmMaker) -> None:
    alice_s.run("upscale", film(content=b"first"))
    alice_s.run("upscale", film(content=b"second"))
    assert Video.objects.count() == 2


def test_a_video_deleted_on_the_site_is_sent_again(alice_s: Terminal, film: FilmMaker) -> None:
    file = film()
    alice_s.run("upscale", file)
    Video.objects.all().delete()
    assert alice_s.run("upscale", file) == 0
    assert Video.objects.count() == 1


def test_an_upload_that_was_stopped_goes_on_where_it_stopped(
    alice_s: Terminal, film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsr.uploads.PIECE", 4)
    offsets: list[int] = []
    send = Uploader.upload_chunk

    def stopping(uploader: Uploader) -> None:
        offsets.append(uploader.offset)
        if len(offsets) == 2:
            raise KeyboardInterrupt
        send(uploader)

    monkeypatch.setattr(Uploader, "upload_chunk", stopping)
    file = film()
    assert alice_s.run("upscale", file) == 130
    assert "Run the same command again" in alice_s.said
    assert alice_s.run("upscale", file) == 0
    assert offsets == [0, 4, 4, 8]
    assert Video.objects.get().source.read_bytes() == b"0123456789"


def test_an_upload_survives_a_connection_that_breaks(
    alice_s: Terminal, film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks = iter([True, True, False])
    send = Uploader.upload_chunk

    def breaking(uploader: Uploader) -> None:
        if next(breaks, False):
            raise TusUploadFailed("broken")
        send(uploader)

    monkeypatch.setattr(Uploader, "upload_chunk", breaking)
    assert alice_s.run("upscale", film()) == 0


def test_an_upload_that_never_gets_through_is_given_up_with_a_way_out(
    alice_s: Terminal, film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(uploader: Uploader) -> None:
        raise TusUploadFailed("broken")

    monkeypatch.setattr(Uploader, "upload_chunk", broken)
    assert alice_s.run("upscale", film()) == 1
    assert "run the same command again, the upload goes on" in alice_s.said


def test_whoever_asks_too_often_is_told_and_goes_on(
    alice_s: Terminal, film: FilmMaker, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        cache.clear()

    monkeypatch.setattr("vsr.site.sleep", wait)
    monkeypatch.setattr("time.time", lambda: 1_800_000_010.0)
    settings.API_REQUESTS_PER_MINUTE = 2
    assert alice_s.run("upscale", film(), "--wait") == 0
    assert set(waited) == {50}
    assert "more than 2 requests within a minute; go on in 50 seconds. This goes on by itself." in alice_s.said


def test_a_token_revoked_in_the_middle_of_an_upload_ends_the_command(
    alice_s: Terminal, film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsr.uploads.PIECE", 4)
    send = Uploader.upload_chunk

    def revoked(uploader: Uploader) -> None:
        send(uploader)
        Token.objects.all().delete()

    monkeypatch.setattr(Uploader, "upload_chunk", revoked)
    assert alice_s.run("upscale", film()) == 3
    assert "account page" in alice_s.said
    assert Video.objects.get().offset == 4


def test_a_download_that_was_cut_goes_on(alice_s: Terminal, film: FilmMaker, tmp_path: Path) -> None:
    upscale = converted(alice_s, film())
    (tmp_path / f"{upscale.pk}.part").write_bytes(b"01234567890123")
    assert alice_s.run("download", upscale.pk, "--output", tmp_path) == 0
    assert (tmp_path / "film x4.mp4").read_bytes() == b"0123456789" * 2
    assert not (tmp_path / f"{upscale.pk}.part").exists()


def test_a_download_that_changed_on_its_way_is_not_kept(alice_s: Terminal, film: FilmMaker, tmp_path: Path) -> None:
    upscale = converted(alice_s, film())
    (tmp_path / f"{upscale.pk}.part").write_bytes(b"xxxxx")
    assert alice_s.run("download", upscale.pk, "--output", tmp_path) == 1
    assert "changed on its way" in alice_s.said and not (tmp_path / "film x4.mp4").exists()


def test_a_download_overwrites_nothing(alice_s: Terminal, film: FilmMaker, tmp_path: Path) -> None:
    upscale = converted(alice_s, film())
    mine = film("film x4.mp4", b"mine")
    assert alice_s.run("download", upscale.pk, "--output", tmp_path) == 1
    assert "is another file" in alice_s.said and mine.read_bytes() == b"mine"


def test_what_is_there_already_is_not_fetched_again(alice_s: Terminal, film: FilmMaker, tmp_path: Path) -> None:
    upscale = converted(alice_s, film())
    for _ in range(2):
        assert alice_s.run("download", upscale.pk, "--output", tmp_path) == 0


def test_what_is_not_done_cannot_be_downloaded(alice_s: Terminal, film: FilmMaker, tmp_path: Path) -> None:
    alice_s.run("upscale", film())
    assert alice_s.run("download", Upscale.objects.get().pk, "--output", tmp_path) == 1
    assert "nothing to download yet" in alice_s.said
    assert alice_s.run("download", "nonsense") == 1


def test_conversions_are_listed(alice_s: Terminal, film: FilmMaker) -> None:
    upscale = converted(alice_s, film())
    alice_s.run("list")
    assert str(upscale.pk) in alice_s.out and "film x4.mp4" in alice_s.out
    assert [row["id"] for row in alice_s.json("list", "--state", "done")] == [str(upscale.pk)]
    assert alice_s.json("list", "--state", "failed") == []


def test_a_list_longer_than_a_page_is_whole(
    alice_s: Terminal, film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsr.site.MOST_PER_PAGE", 2)
    upscale = converted(alice_s, film())
    Upscale.objects.bulk_create(Upscale(video=upscale.video, model="bicubic", scale=2) for _ in range(4))
    assert len(alice_s.json("list")) == 5


def test_models_are_listed(alice_s: Terminal) -> None:
    assert alice_s.run("models") == 0
    assert "bicubic" in alice_s.out and "The default." in alice_s.out
    assert {"name", "cost"} <= set(alice_s.json("models")[0])


def test_a_wrong_command_is_told_as_usual(terminal: Terminal) -> None:
    with pytest.raises(SystemExit) as ended:
        terminal.run("upscale")
    assert ended.value.code == 2


def test_the_client_brings_neither_the_site_nor_the_networks() -> None:
    heavy = "'django', 'tensorflow', 'keras', 'numpy', 'duf', 'videos', 'api'"
    code = f"import sys, vsr.__main__; print([name for name in ({heavy}) if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=BASE_DIR, text=True).strip() == "[]"


def test_pip_installs_the_client_alone() -> None:
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"vsr": "vsr.__main__:main"}
    assert project["project"]["dependencies"] == ["requests", "tuspy"]
    assert project["tool"]["setuptools"]["packages"] == ["vsr"]
