"""Collecting clips: from a server that speaks Pixabay's documented replies, and from a folder."""

import json
import os
import time

import pytest

from duf.__main__ import main
from duf.errors import MediaError
from duf.material import collect, trimming
from duf.material.collect import Pixabay, from_folder, from_pixabay
from tests.duf import clips
from tests.duf.material import pixabay

CLIP = {"frames": 30, "size": (64, 48), "rate": 25}


@pytest.fixture(autouse=True)
def little_clips_are_usable(monkeypatch):
    monkeypatch.setattr(trimming, "LEAST", 48)


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return clips.make(tmp_path_factory.mktemp("video") / "video.mp4", **CLIP)


@pytest.fixture
def server(video):
    with pixabay.serving() as server:
        server.file = video.read_bytes()
        for number, duration in ((1, 5), (2, 9), (3, 12), (4, 15), (5, 40)):
            server.add(number, duration)
        server.add(9, 10, "animal")
        yield server


@pytest.fixture
def waits():
    return []


@pytest.fixture
def site(server, tmp_path, waits):
    return Pixabay(pixabay.KEY, tmp_path / "scratch", f"{server.address}/api/videos/", waits.append)


def names(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))


def run(site, to, most=20, words=("walking", "animal")):
    to.mkdir(exist_ok=True)
    return list(from_pixabay(site, words, to, (8, 15), most))


def test_videos_of_the_right_length_come_with_licence_author_and_page(site, server, tmp_path):
    lines = run(site, tmp_path / "to")
    assert lines == [f"pixabay-{n}: 1 clip(s)" for n in (2, 3, 4, 9)]
    kept = json.loads((tmp_path / "to" / "pixabay-3.json").read_text())
    assert kept["licence"] == "Pixabay Content License" and kept["author"] == "Coverr-Free-Footage"
    assert kept["page"] == "https://pixabay.com/videos/id-3/" and kept["clips"] == ["pixabay-3-1.mp4"]
    assert names(tmp_path / "to") == sorted(f"pixabay-{n}{end}" for n in (2, 3, 4, 9) for end in ("-1.mp4", ".json"))
    assert server.searches[0] == {
        "key": pixabay.KEY, "q": "walking", "video_type": "film", "safesearch": "true", "per_page": "50", "page": "1",
    }  # fmt: skip
    assert all("_medium" in request for request in server.ranges)


def test_every_page_is_read_and_none_past_the_last(site, server, monkeypatch):
    monkeypatch.setattr(collect, "PER_PAGE", 3)
    assert [hit["id"] for hit in site.search("walking")] == [1, 2, 3, 4, 5]
    assert [search["page"] for search in server.searches] == ["1", "2"]
    assert list(site.search("nothing")) == []


def test_no_more_than_asked_for(site, tmp_path):
    assert len(run(site, tmp_path / "to", most=1)) == 2


def test_a_second_run_fetches_nothing_again(site, server, tmp_path):
    run(site, tmp_path / "to", words=["animal"])
    before = names(tmp_path / "to")
    assert run(site, tmp_path / "to", words=["animal"]) == []
    assert len(server.ranges) == 1 and len(server.searches) == 1 and names(tmp_path / "to") == before


def test_answers_are_kept_for_a_day_without_the_key(site, server, tmp_path):
    list(site.search("animal"))
    list(site.search("animal"))
    assert len(server.searches) == 1
    (kept,) = (tmp_path / "scratch").iterdir()
    assert pixabay.KEY not in kept.read_text() + kept.name
    os.utime(kept, (time.time() - 90_000,) * 2)
    list(site.search("animal"))
    assert len(server.searches) == 2


def test_a_download_that_breaks_off_goes_on(site, server, tmp_path):
    server.cut_at = 1000
    (line,) = run(site, tmp_path / "to", words=["animal"])
    assert line == "pixabay-9 did not come whole: run this again to go on."
    assert names(tmp_path / "to") == []
    server.cut_at = None
    assert run(site, tmp_path / "to", words=["animal"]) == ["pixabay-9: 1 clip(s)"]
    assert server.ranges[-1].endswith("bytes=1000-")


def test_a_dead_address_stops_nothing(site, server, tmp_path):
    server.videos[2]["videos"]["medium"]["url"] = "http://127.0.0.1:9/gone.mp4"
    lines = run(site, tmp_path / "to", words=["walking"])
    assert "pixabay-3 cannot be fetched" in lines[1] and lines[2] == "pixabay-4: 1 clip(s)"


def test_the_rate_limit_is_obeyed(site, server, waits, monkeypatch):
    monkeypatch.setattr(collect, "PER_PAGE", 3)
    server.remaining = 1
    assert len(list(site.search("walking"))) == 5
    assert waits == [23.0, 17.0]  # none is left after the first page; the server wants to wait a little longer


def test_a_limit_that_does_not_end_is_given_up(server, site, waits, monkeypatch):
    monkeypatch.setattr(pixabay.Handler, "search", lambda self, query: self.reply(429, b"", {"X-RateLimit-Reset": "5"}))
    with pytest.raises(MediaError, match="used up"):
        list(site.search("walking"))
    assert waits == [5.0] * 4


def test_a_wrong_key_is_told_in_pixabays_words_and_not_repeated(server, tmp_path):
    site = Pixabay("wrong-key", tmp_path / "scratch", f"{server.address}/api/videos/")
    with pytest.raises(MediaError, match="Invalid or missing API key") as told:
        list(site.search("walking"))
    assert "wrong-key" not in str(told.value)


def test_no_network_is_one_sentence(tmp_path):
    with pytest.raises(MediaError, match="cannot be reached"):
        list(Pixabay("key", tmp_path, "http://127.0.0.1:9/").search("walking"))


def test_an_answer_that_is_no_answer_is_one_sentence(server, site, monkeypatch):
    monkeypatch.setattr(pixabay.Handler, "search", lambda self, query: self.reply(200, b"<html>"))
    with pytest.raises(MediaError, match="not what its documentation says"):
        list(site.search("walking"))


def test_an_address_that_is_not_on_the_web_is_not_opened(site, tmp_path):
    with pytest.raises(MediaError, match="no address on the web"):
        site.download("file:///etc/hostname", "pixabay-1")


def test_own_videos_are_cut_into_scenes_and_nothing_of_theirs_is_changed(tmp_path):
    own = tmp_path / "own"
    (own / "trip").mkdir(parents=True)
    clips.make(own / "trip" / "a.mp4", **CLIP | {"frames": 70, "cuts": (30, 35)})
    clips.make(own / "small.mp4", frames=30, size=(64, 32))
    (own / "broken.mov").write_bytes(b"nonsense" * 100)
    before = {p: p.read_bytes() for p in own.rglob("*") if p.is_file()}
    lines = list(from_folder(own, tmp_path / "to", (1.0, 1.2)))
    assert [line.split(":")[0] for line in lines] == ["broken.mov", "small.mp4", "trip-a.mp4"]
    assert "left out" in lines[0] and "too small (64x32)" in lines[1] and "2 clip(s)" in lines[2]
    assert [n for n in names(tmp_path / "to") if n.endswith("-1.mp4") or n.endswith("-2.mp4")] == [
        "trip-a.mp4-1.mp4",
        "trip-a.mp4-2.mp4",
    ]
    assert {p: p.read_bytes() for p in own.rglob("*") if p.is_file()} == before
    assert list(from_folder(own, tmp_path / "to", (1.0, 1.2))) == []


def test_clips_do_not_come_into_the_folder_they_are_from(tmp_path):
    with pytest.raises(MediaError, match="lies inside"):
        list(from_folder(tmp_path, tmp_path / "to", (1, 15)))
    with pytest.raises(MediaError, match="holds no videos"):
        list(from_folder(tmp_path, tmp_path.parent / "elsewhere", (1, 15)))


def test_from_the_command_line(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(collect, "API", f"{server.address}/api/videos/")
    words = ["collect", "--keyword", "animal, ", "--seconds", "8-15", "--to", str(tmp_path / "to")]
    monkeypatch.delenv("PIXABAY_KEY", raising=False)
    assert main(words) == 1
    assert "set PIXABAY_KEY" in capsys.readouterr().err
    monkeypatch.setenv("PIXABAY_KEY", pixabay.KEY)
    assert main(words) == 0
    assert capsys.readouterr().out == "pixabay-9: 1 clip(s)\n"
    assert main(["collect"]) == 1
    assert "either a folder" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["collect", "--keyword", "a", "--seconds", "15-8"])
