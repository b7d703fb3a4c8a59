"""Training samples: short high-resolution clips with their low-resolution frames and flow, in memory-mapped shards.

Samples are cut from real clips where something moves, or made from still pictures by a moving camera with a second
picture passing in front. Flips, turns and reversed time come before the degradation, whose grid has a direction.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from duf.degradation import DEGRADATIONS
from duf.errors import MediaError
from duf.flow import Flow, luma
from duf.media.scenes import SceneDetector

Picture = npt.NDArray[np.uint8]
Footage = list[Picture]

VIDEOS = {".mp4", ".mkv", ".mov", ".webm", ".avi"}
PICTURES = {".jpg", ".jpeg", ".png"}
CANDIDATES = 4  # windows compared for each sample cut from a clip


@dataclass(frozen=True)
class ShardRecipe:
    """What a shard holds; the `[shard]` part of a training recipe."""

    scale: int = 4
    size: int = 64  # low-resolution pixels a side
    frames: int = 8
    samples: int = 4000
    seed: int = 1
    real: float = 0.45  # share of samples from real clips
    corner: float = 0.7  # share in the paper's phase; the others are centred


@dataclass(frozen=True)
class Shard:
    """`hr` [n, T, s h, s w, 3] uint8, `lr` [n, T, h, w, 3] uint8, `flow` [n, T, h, w, 2] float16, `phase` [n] uint8."""

    recipe: ShardRecipe
    hr: npt.NDArray[np.uint8]
    lr: npt.NDArray[np.uint8]
    flow: npt.NDArray[np.float16]
    phase: npt.NDArray[np.uint8]


def read_clip(path: Path) -> list[Footage]:
    """The scenes of our own training material, as lists of RGB frames."""
    scenes: list[Footage] = []
    scene = SceneDetector()
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if scene.is_cut(frame.to_ndarray(format="gray").astype(np.uint8, copy=False)):
                scenes.append([])
            scenes[-1].append(frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False))
    return scenes


def sources(folder: Path) -> tuple[list[Footage], list[Picture]]:
    """All scenes and pictures below `folder`; MediaError if there is nothing."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    clips = [scene for p in files if p.suffix.lower() in VIDEOS for scene in read_clip(p)]
    pictures = [np.array(Image.open(p).convert("RGB")) for p in files if p.suffix.lower() in PICTURES]
    if not clips and not pictures:
        raise MediaError(f"{folder} holds no videos or pictures to learn from: put some .mp4 or .jpg files there.")
    return clips, pictures


def activity(window: Footage) -> float:
    """How much there is to learn: texture of the first frame times what changes until the last."""
    first, last = (cv2.cvtColor(x, cv2.COLOR_RGB2GRAY).astype(np.float32) for x in (window[0], window[-1]))
    texture = np.abs(cv2.Laplacian(first, cv2.CV_32F)).mean()
    return float((1 + texture) * (1 + np.abs(first - last).mean()))


def cut(clip: Footage, side: int, frames: int, rng: np.random.Generator) -> Footage:
    """The most active of a few windows of `side` pixels, frames 1 to 3 apart as in the paper."""
    stride = int(rng.integers(1, max(1, min(3, (len(clip) - 1) // max(1, frames - 1))) + 1))
    start = int(rng.integers(0, max(1, len(clip) - stride * (frames - 1))))
    chosen = [clip[min(start + stride * i, len(clip) - 1)] for i in range(frames)]
    height, width = chosen[0].shape[:2]
    windows = []
    for _ in range(CANDIDATES):
        y, x = int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1))
        windows.append([frame[y : y + side, x : x + side] for frame in chosen])
    return max(windows, key=activity)


def camera(frames: int, rng: np.random.Generator) -> Iterator[npt.NDArray[np.float64]]:
    """A camera's path: per frame a 2x3 matrix (pan, zoom, turn and shake, about the origin)."""
    speed = rng.normal(size=2) * rng.choice([0.5, 2.0, 5.0])
    zoom, turn, shake = rng.normal() * 0.006, rng.normal() * 0.006, rng.choice([0.0, 0.0, 0.7])
    base, angle = rng.uniform(0.9, 1.6), rng.normal() * 0.1
    for i in range(frames):
        t = i - frames / 2
        factor, around = base * (1 + zoom) ** t, angle + turn * t
        c, s = factor * np.cos(around), factor * np.sin(around)
        x, y = speed * t + rng.normal(size=2) * shake
        yield np.array([[c, -s, x], [s, c, y]])


def film(picture: Picture, side: int, frames: int, rng: np.random.Generator) -> Footage:
    """`picture` seen by a moving camera; each frame is [side, side, 3]."""
    height, width = picture.shape[:2]
    centre = np.array([rng.uniform(0.35, 0.65) * width, rng.uniform(0.35, 0.65) * height])
    result = []
    for matrix in camera(frames, rng):
        matrix = matrix.copy()
        matrix[:, 2] += centre - matrix[:, :2] @ np.full(2, side / 2)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        result.append(cv2.warpAffine(picture, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REFLECT_101))
    return result


def outline(side: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """A blob with a soft edge, [2 side, 2 side] in 0..1, smaller than a window."""
    angles = np.linspace(0, 2 * np.pi, 9)[:-1]
    radius = rng.uniform(0.15, 0.45, 8) * side
    points = np.stack([side + radius * np.cos(angles), side + radius * np.sin(angles)], -1)
    mask = np.zeros((2 * side, 2 * side), np.float32)
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1.0)
    soft: npt.NDArray[np.float32] = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.6, 2.0))
    return soft


def layered(back: Picture, front: Picture, side: int, frames: int, rng: np.random.Generator) -> Footage:
    """`back` filmed, with a piece of `front` moving over it on its own path."""
    behind, before = film(back, side, frames, rng), film(front, side, frames, rng)
    mask, start, speed = outline(side, rng), rng.uniform(-0.25, 0.25, 2) * side, rng.normal(size=2) * 4
    result = []
    for i in range(frames):
        dx, dy = start + speed * i - side / 2
        alpha = cv2.warpAffine(mask, np.array([[1, 0, dx], [0, 1, dy]]), (side, side))[..., None]
        result.append(np.rint(behind[i] * (1 - alpha) + before[i] * alpha).astype(np.uint8))
    return result


def augment(clip: Footage, rng: np.random.Generator) -> Footage:
    """Flips, a transpose and reversed time, each by the toss of a coin."""
    if rng.random() < 0.5:
        clip = clip[::-1]
    if rng.random() < 0.5:
        clip = [x[:, ::-1] for x in clip]
    if rng.random() < 0.5:
        clip = [x[::-1] for x in clip]
    if rng.random() < 0.5:
        clip = [x.transpose(1, 0, 2) for x in clip]
    return [np.ascontiguousarray(x) for x in clip]


def sample(clips: list[Footage], pictures: list[Picture], recipe: ShardRecipe, rng: np.random.Generator) -> Footage:
    """One high-resolution training clip."""
    side = recipe.size * recipe.scale
    wide = [c for c in clips if len(c) >= recipe.frames and min(c[0].shape[:2]) >= side]
    if wide and (not pictures or rng.random() < recipe.real):
        return augment(cut(wide[rng.integers(len(wide))], side, recipe.frames, rng), rng)
    back, front = (pictures[rng.integers(len(pictures))] for _ in range(2))
    made = (
        layered(back, front, side, recipe.frames, rng) if rng.random() < 0.5 else film(back, side, recipe.frames, rng)
    )
    return augment(made, rng)


def flows(lr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float16]:
    """Flow from each frame of [T, h, w, 3] to the one before; zero for the first."""
    measure, grey = Flow(), [luma(x.astype(np.float32) / 255) for x in lr]
    first = np.zeros((*lr.shape[1:3], 2), np.float32)
    return np.stack([first, *(measure(b, a) for a, b in zip(grey, grey[1:], strict=False))]).astype(np.float16)


def create(folder: Path, recipe: ShardRecipe) -> Shard:
    """Empty memory-mapped arrays of a shard that is about to be written."""
    n, t, h, s = recipe.samples, recipe.frames, recipe.size, recipe.scale
    shapes = {"hr": (n, t, s * h, s * h, 3), "lr": (n, t, h, h, 3), "flow": (n, t, h, h, 2), "phase": (n,)}
    arrays = {
        name: np.lib.format.open_memmap(
            folder / f"{name}.npy", mode="w+", dtype=np.float16 if name == "flow" else np.uint8, shape=shape
        )
        for name, shape in shapes.items()
    }
    return Shard(recipe, **arrays)


def write_shard(source: Path, folder: Path, recipe: ShardRecipe) -> Shard:
    """Makes `recipe.samples` samples from what lies below `source`; `recipe.json` is written last, so half is none."""
    clips, pictures = sources(source)
    folder.mkdir(parents=True, exist_ok=True)
    shard = create(folder, recipe)
    for n in range(recipe.samples):
        rng = np.random.default_rng([recipe.seed, n])
        phase = "corner" if rng.random() < recipe.corner else "centre"
        hr = sample(clips, pictures, recipe, rng)
        lr = np.stack([DEGRADATIONS[phase](x, recipe.scale) for x in hr])
        shard.hr[n], shard.lr[n], shard.flow[n], shard.phase[n] = np.stack(hr), lr, flows(lr), phase == "corner"
    (folder / "recipe.json").write_text(json.dumps(asdict(recipe)))
    return shard


def open_shard(folder: Path) -> Shard:
    """A shard by memory map; MediaError if it is missing or was cut in half."""
    try:
        recipe = ShardRecipe(**json.loads((folder / "recipe.json").read_text()))
        arrays = {n: np.load(folder / f"{n}.npy", mmap_mode="r") for n in ("hr", "lr", "flow", "phase")}
    except (OSError, ValueError, TypeError) as error:
        raise MediaError(f"{folder} is no complete training shard ({error}): write it again.") from error
    return Shard(recipe, **arrays)
