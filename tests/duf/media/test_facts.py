"""Facts travel as JSON."""

import json
import subprocess
import sys

from duf.media.facts import Chapter, Clip, Colour, Hdr, Limits, Track, VideoFacts


def test_a_clip_comes_back_from_json_as_it_was() -> None:
    video = VideoFacts(
        index=0,
        codec="hevc",
        width=63,
        height=47,
        pix_fmt="yuv420p10le",
        format="yuv420p10le",
        time_base=(1, 12800),
        average_rate=(30000, 1001),
        sample_aspect_ratio=(4, 3),
        rotation=90,
        display_matrix=(0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30),
        colour=Colour(9, 16, 9, 1, "left"),
        interlaced="tff",
        hdr=Hdr(red=(34000, 16000), luminance=(50, 10_000_000), max_cll=1000),
        duration=1.5,
    )
    tracks = [Track(1, "audio", "aac", "deu", "Ton", True), Track(2, "data", "tmcd", kept=False, note="Not kept.")]
    clip = Clip("mov", 2.5, video, tracks, [Chapter(0.0, 1.0, "Eins")], {"title": "T"}, ["A note."])
    assert Clip.from_json(json.loads(json.dumps(clip.to_json()))) == clip


def test_a_plain_clip_comes_back_too() -> None:
    clip = Clip("mov", None, VideoFacts(0, "h264", 16, 16, "yuv420p", "yuv420p", (1, 25)))
    assert Clip.from_json(json.loads(json.dumps(clip.to_json()))) == clip


def test_limits_travel() -> None:
    limits = Limits(seconds=2.5, pixels=9)
    assert Limits.from_json(json.loads(json.dumps(limits.to_json()))) == limits


def test_asking_for_a_clip_needs_no_media_library_in_this_process() -> None:
    script = "import duf.media, sys; assert not {'av', 'tensorflow', 'django'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
