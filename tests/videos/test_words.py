from dataclasses import replace

import pytest

from tests.videos.test_views import CLIP
from videos.models import Video
from videos.words import summary


@pytest.mark.parametrize(
    ("frames", "told"),
    [(None, "25 frames per second"), (312, "25 frames per second"), (250, "20 frames per second on average")],
)
def test_an_uneven_rate_is_told_as_it_was_counted(frames, told):
    clip = replace(CLIP, duration=12.5, video=replace(CLIP.video, duration=12.5, average_rate=(25, 1)))
    assert f" · {told} · " in summary(Video(size=1, frames=frames, facts=clip.to_json()))
