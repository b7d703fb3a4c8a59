"""A sample of the matrix that `make reliability` runs: two faults, on SQLite."""

from pathlib import Path

import pytest

from accounts.models import User
from tests.duf.clips import Sound, make
from tests.reliability import page
from tests.reliability.cells import Matrix
from tests.reliability.faults import FAULTS, Stage
from tests.reliability.moments import PIECES, ASegment, Uploading
from tests.videos.site import Site
from tests.videos.test_load import free_port

BY_NAME = {fault.name: fault for fault in FAULTS}


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("hurry")
@pytest.mark.django_db(transaction=True)
def test_all_is_well_after_a_power_cut_in_a_segment_and_a_killed_web_in_an_upload(
    shared_media: Path, tmp_path: Path
) -> None:
    clip = make(tmp_path / "clip.mp4", frames=PIECES[-1][1], sounds=[Sound()])
    address = f"127.0.0.1:{free_port()}"
    site = Site("web", "light", "heavy", BIND=address)
    try:
        matrix = Matrix(Stage(site), User.objects.create_user("owner@example.org"), clip, f"http://{address}")
        assert matrix.run(BY_NAME["power cut"], ASegment).said == ""
        assert matrix.run(BY_NAME["web"], Uploading).said == ""
    finally:
        site.stop()


def test_each_program_writes_its_own_part_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "FILE", tmp_path / "page.md")
    page.write("One", "first")
    page.write("Two", "second")
    page.write("One", "later")
    assert (tmp_path / "page.md").read_text() == f"{page.HEAD}\n## One\n\nlater\n\n## Two\n\nsecond\n"
