"""Moments as people write them, and back."""

import pytest

from duf import clock


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1:30", 90), ("0:01:30.5", 90.5), (" 7.25 ", 7.25), ("1:02:03", 3723)]
)
def test_moments_are_read(text: str, seconds: float) -> None:
    assert clock.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "1:2:3:4", "-1", "1e3", "٣", "1:", "inf"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write seconds or h:mm:ss"):
        clock.seconds(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.0, "0:07"), (62.48333, "1:02.483"), (3725.25, "1:02:05.25"), (10, "0:10")]
)
def test_moments_are_written_never_later_than_they_are(seconds: float, text: str) -> None:
    assert clock.written(seconds) == text
    assert 0 <= seconds - clock.seconds(text) < 0.001
