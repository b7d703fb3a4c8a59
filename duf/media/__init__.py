"""Reading and writing video. Untrusted bytes are parsed in a small decoding process only, never in the caller's."""

from duf.media.facts import Clip, Limits, Track, VideoFacts
from duf.media.frames import Frame, Index
from duf.media.reader import index, poster, probe, read

__all__ = ["Clip", "Frame", "Index", "Limits", "Track", "VideoFacts", "index", "poster", "probe", "read"]
