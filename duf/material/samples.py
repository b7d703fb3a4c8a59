"""One training sample: a short sharp clip and what a degradation makes of it.

Flips, turns, reversed time and thinning come before the degradation, whose grid has a direction, and before the codec,
which sees an ordinary video whichever way it is turned.

x264 spends its bits by what comes before and after, over up to 40 frames and all of the picture, so a window compressed
by itself looks like no video. Samples from real clips are therefore cut from a stretch of a whole scene that was
compressed once; the samples of a block share it, which keeps its cost low. Pictures in motion, whose frames exist only
inside the window, are compressed with a lead-in that is dropped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from duf.errors import MediaError
from duf.material import motion
from duf.material.camera import film
from duf.material.degradation import Degradation
from duf.material.footage import Footage, Material, Picture, Scene

WINDOWS = ("motion", "centre", "random")
LAYERS = (0, 0, 1, 1, 2)  # pieces in front of a picture in motion, each entry as likely
BLOCK = 64  # samples that share one compressed stretch
STRETCH = 96  # its frames at most
LEAD = 8  # frames compressed before those of a picture in motion


@dataclass(frozen=True)
class ShardRecipe:
    """What a shard holds; the `[shard]` part of a training recipe. Shares are probabilities, each tossed by itself."""

    scale: int = 4
    size: int = 64  # low-resolution pixels a side
    frames: int = 8
    samples: int = 4000
    seed: int = 1
    real: float = 0.45  # share of samples from real clips; the others are pictures in motion
    window: str = "motion"  # where they are cut: where it moves, "centre" or "random"
    blur: float = 0.0  # share of pictures in motion with motion blur and a rolling shutter
    titles: float = 0.0  # share of pictures in motion with lettering in front
    corner: float = 0.7  # share in the corner phase, made small as in the paper; the others are centred, by area
    area: float = 0.0  # shares made small otherwise, at either phase
    bicubic: float = 0.0
    lanczos: float = 0.0
    noise: float = 0.0  # share with noise
    noise_most: float = 4.0  # its greatest standard deviation, in 8-bit steps
    h264: float = 0.0  # share compressed by x264
    crf_least: int = 16
    crf_most: int = 35
    fine_flow: bool = False  # whether flow is measured finely; the network that learns is then shown such flow in use

    def __post_init__(self) -> None:
        if self.window not in WINDOWS:
            raise MediaError(f"There is no window {self.window!r}: choose one of {', '.join(WINDOWS)}.")
        if self.area + self.bicubic + self.lanczos > 1:
            raise MediaError("The shares area, bicubic and lanczos add up to more than 1: lower one of them.")
        if self.h264 and self.size % 2:
            raise MediaError(f"H.264 needs an even size, not {self.size}: choose {self.size + 1}.")

    @property
    def side(self) -> int:
        """High-resolution pixels a side."""
        return self.size * self.scale


@dataclass(frozen=True)
class Sample:
    """`hr` [T, s h, s w, 3] and `lr` [T, h, w, 3], uint8."""

    hr: Scene
    lr: Scene
    corner: bool


def usable(material: Material, recipe: ShardRecipe) -> Material:
    """The material without scenes that are too short or too small; MediaError if nothing is left."""
    wanted = (recipe.frames, *2 * [recipe.side + recipe.side % (2 * recipe.scale)])
    scenes = [s for s in material.scenes if all(a >= b for a, b in zip(s.shape, wanted, strict=False))]
    if not scenes and not material.pictures:
        raise MediaError(f"No clip is {wanted[1]} pixels high and wide and {wanted[0]} frames long: add larger ones.")
    return replace(material, scenes=scenes)


def block(material: Material, recipe: ShardRecipe, number: int) -> Iterator[tuple[int, Sample]]:
    """The samples of a block, each with its number in the shard; all follows from the seed and the numbers."""
    scenes, pictures = material.scenes, material.pictures
    squeezed: Squeezed | None = None
    for n in range(number * BLOCK, min((number + 1) * BLOCK, recipe.samples)):
        rng = np.random.default_rng([recipe.seed, n])
        way = draw_degradation(recipe, rng)
        if not scenes or (pictures and rng.random() >= recipe.real):
            yield n, imagined(pictures, recipe, way, rng)
        elif way.crf is None:
            yield n, plain(scenes[rng.integers(len(scenes))], recipe, way, rng)
        else:
            squeezed = squeezed or squeeze(scenes, recipe, np.random.default_rng([recipe.seed, number, 1]))
            yield n, squeezed.sample(recipe, rng)


def draw_degradation(recipe: ShardRecipe, rng: np.random.Generator) -> Degradation:
    """A way down, by the recipe's shares."""
    phase, usual = ("corner", "paper") if rng.random() < recipe.corner else ("centre", "area")
    shares = {"area": recipe.area, "bicubic": recipe.bicubic, "lanczos": recipe.lanczos}
    resize = str(rng.choice([*shares, usual], p=[*shares.values(), 1 - sum(shares.values())]))
    noise = float(rng.uniform(0, recipe.noise_most)) if rng.random() < recipe.noise else 0.0
    crf = int(rng.integers(recipe.crf_least, recipe.crf_most + 1)) if rng.random() < recipe.h264 else None
    return Degradation(resize, phase, noise, crf)


def imagined(pictures: Sequence[Picture], recipe: ShardRecipe, way: Degradation, rng: np.random.Generator) -> Sample:
    """A picture in motion, with others in front of it."""
    lead = 0 if way.crf is None else LEAD
    chosen = [pictures[int(rng.integers(len(pictures)))] for _ in range(1 + int(rng.choice(LAYERS)))]
    hr = turned(film(chosen, recipe.side, lead + recipe.frames, recipe.blur, recipe.titles, rng), rng)
    lr = way(hr, recipe.scale, rng)
    return Sample(np.stack(hr[lead:]), lr[lead:], way.phase == "corner")


def plain(scene: Scene, recipe: ShardRecipe, way: Degradation, rng: np.random.Generator) -> Sample:
    """A window of a scene, not compressed."""
    frames = take(scene, recipe.frames, recipe.frames, recipe.scale, rng)
    hr = cut(frames, *place(frames, recipe, rng), recipe.side)
    return Sample(hr, way(list(hr), recipe.scale, rng), way.phase == "corner")


@dataclass(frozen=True)
class Squeezed:
    """A stretch of a scene and what all of it looks like once compressed."""

    hr: Footage
    lr: Scene
    corner: bool

    def sample(self, recipe: ShardRecipe, rng: np.random.Generator) -> Sample:
        """A window at some time in it, on the low-resolution grid."""
        start = int(rng.integers(0, len(self.hr) - recipe.frames + 1))
        frames = self.hr[start : start + recipe.frames]
        y, x = place(frames, recipe, rng)
        lr = cut(list(self.lr[start : start + recipe.frames]), y // recipe.scale, x // recipe.scale, recipe.size)
        return Sample(cut(frames, y, x, recipe.side), lr, self.corner)


def squeeze(scenes: list[Scene], recipe: ShardRecipe, rng: np.random.Generator) -> Squeezed:
    """A stretch of one of the scenes, degraded and compressed as a whole."""
    hr = take(scenes[rng.integers(len(scenes))], recipe.frames, STRETCH, recipe.scale, rng)
    way = draw_degradation(replace(recipe, h264=1.0), rng)
    return Squeezed(hr, way(hr, recipe.scale, rng), way.phase == "corner")


def take(scene: Scene, least: int, most: int, scale: int, rng: np.random.Generator) -> Footage:
    """A stretch of a scene of `least` to `most` frames, 1 to 3 apart as in the paper, turned by chance (views).

    Its sides are cut to multiples of 2 x scale.
    """
    stride = int(rng.integers(1, min(3, max(1, (len(scene) - 1) // max(1, least - 1))) + 1))
    count = min(most, (len(scene) - 1) // stride + 1)
    start = int(rng.integers(0, len(scene) - stride * (count - 1)))
    frames = turned(list(scene[start : start + stride * (count - 1) + 1 : stride]), rng)
    height, width = (side - side % (2 * scale) for side in frames[0].shape[:2])
    return [frame[:height, :width] for frame in frames]


def turned(frames: Footage, rng: np.random.Generator) -> Footage:
    """Reversed time, flips and a transpose, each by the toss of a coin (views)."""
    backwards, mirror, flip, transpose = rng.random(4) < 0.5
    frames = frames[::-1] if backwards else frames
    frames = [frame[:: -1 if flip else 1, :: -1 if mirror else 1] for frame in frames]
    return [frame.transpose(1, 0, 2) for frame in frames] if transpose else frames


def place(frames: Footage, recipe: ShardRecipe, rng: np.random.Generator) -> tuple[int, int]:
    """(y, x) of the window to cut, multiples of the scale."""
    if recipe.window == "motion":
        middle = len(frames) // 2
        return motion.pick(frames[max(0, middle - 1)], frames[middle], recipe.side, recipe.scale, rng)
    room = [(side - recipe.side) // recipe.scale for side in frames[0].shape[:2]]
    y, x = (int(rng.integers(r + 1)) if recipe.window == "random" else r // 2 for r in room)
    return y * recipe.scale, x * recipe.scale


def cut(frames: Footage, y: int, x: int, side: int) -> Scene:
    """The same window of every frame, [T, side, side, 3]."""
    return np.stack([frame[y : y + side, x : x + side] for frame in frames])
