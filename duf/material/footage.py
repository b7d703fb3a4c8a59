"""Training material as it is read: the scenes of videos, by memory map, and pictures."""

import math
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from duf.devices import cores
from duf.errors import MediaError
from duf.media.scenes import SceneDetector

Picture = npt.NDArray[np.uint8]  # RGB [h, w, 3]
Footage = list[Picture]
Scene = npt.NDArray[np.uint8]  # [T, h, w, 3]

VIDEOS = {".mp4", ".mkv", ".mov", ".webm", ".avi"}
ENOUGH = 1080  # pixels of a picture's shorter side; all pictures are held in memory
PICTURES = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True)
class Material:
    """What a folder holds to learn from."""

    scenes: list[Scene]
    pictures: list[Picture]


def frames(path: Path) -> Iterator[tuple[bool, Picture]]:
    """Every frame of a video and whether a scene begins with it; MediaError if it cannot be decoded to its end."""
    size = (0, 0)
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                if (frame.width, frame.height) != size:
                    scene, size = SceneDetector(), (frame.width, frame.height)
                cut = scene.is_cut(frame.to_ndarray(format="gray").astype(np.uint8, copy=False))
                yield cut, frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    except (av.error.FFmpegError, IndexError) as error:
        raise MediaError(f"{path} cannot be read as a video ({error}): convert it or take it away.") from error


def read_clip(path: Path) -> list[Footage]:
    """The scenes of a video, as lists of frames in memory."""
    scenes: list[Footage] = []
    for cut, picture in frames(path):
        if cut:
            scenes.append([])
        scenes[-1].append(picture)
    return scenes


def map_clip(path: Path, folder: Path) -> list[Scene]:
    """The scenes of a video in a nameless file of `folder`: memory holds what is looked at, a kill leaves nothing."""
    shapes: list[list[int]] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for cut, picture in frames(path):
            if cut:
                shapes.append([0, *picture.shape])
            shapes[-1][0] += 1
            file.write(picture.tobytes())
        file.flush()
        pixels = np.memmap(file, np.uint8, "r") if shapes else np.empty(0, np.uint8)
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(pixels, ends[:-1]), shapes, strict=False)]


def read_picture(path: Path) -> Picture:
    """A picture, a large one made smaller by a whole number; MediaError if it cannot be decoded."""
    try:
        with Image.open(path) as image:
            factor = max(1, min(image.size) // ENOUGH)
            return np.array(image.convert("RGB").reduce(factor))
    except OSError as error:
        raise MediaError(f"{path} cannot be read as a picture: convert it or take it away.") from error


def listing(folder: Path) -> dict[str, int]:
    """The videos and pictures below `folder` with their sizes in bytes; MediaError if there are none."""
    files = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in VIDEOS | PICTURES and p.is_file()]
    if not files:
        raise MediaError(f"{folder} holds no videos or pictures to learn from: put some .mp4 or .jpg files there.")
    return {p.relative_to(folder).as_posix(): p.stat().st_size for p in files}


def load(folder: Path, scratch: Path) -> Material:
    """All scenes and pictures below `folder`; decoded video lies in `scratch` for as long as it is used."""
    files = [folder / name for name in listing(folder)]
    with ThreadPoolExecutor(cores()) as pool:
        clips = pool.map(partial(map_clip, folder=scratch), [p for p in files if p.suffix.lower() in VIDEOS])
        pictures = pool.map(read_picture, [p for p in files if p.suffix.lower() in PICTURES])
        return Material([scene for clip in clips for scene in clip], list(pictures))
