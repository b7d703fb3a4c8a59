"""Training shards: samples made once from a folder of clips and pictures, then read by memory map.

A shard is a folder. `sources.json` comes first: the recipe, the material and which blocks are done, so that a shard
whose making was killed goes on where it was and ends up the same. `recipe.json` comes last: before it, nothing opens.
"""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from duf.devices import cores
from duf.errors import MediaError
from duf.flow import Flow, luma
from duf.material import footage
from duf.material.footage import Material
from duf.material.samples import BLOCK, ShardRecipe, block, usable

__all__ = ["Shard", "ShardRecipe", "open_shard", "write_shard"]

ARRAYS = ("hr", "lr", "flow", "phase")


@dataclass(frozen=True)
class Shard:
    """`hr` [n, T, s h, s w, 3] uint8, `lr` [n, T, h, w, 3] uint8, `flow` [n, T, h, w, 2] float16, `phase` [n] uint8.

    Flow is to the frame before, in low-resolution pixels, zero for the first. Phase is 1 at the corner, 0 centred.
    """

    recipe: ShardRecipe
    hr: npt.NDArray[np.uint8]
    lr: npt.NDArray[np.uint8]
    flow: npt.NDArray[np.float16]
    phase: npt.NDArray[np.uint8]


def shapes(recipe: ShardRecipe) -> dict[str, tuple[int, ...]]:
    n, t, h, side = recipe.samples, recipe.frames, recipe.size, recipe.side
    return {"hr": (n, t, side, side, 3), "lr": (n, t, h, h, 3), "flow": (n, t, h, h, 2), "phase": (n,)}


def open_shard(folder: Path, recipe: ShardRecipe | None = None) -> Shard:
    """A shard by memory map; MediaError if it is missing, was cut in half or was made by another recipe."""
    try:
        made = ShardRecipe(**json.loads((folder / "recipe.json").read_text()))
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    except (OSError, ValueError, TypeError) as error:
        raise MediaError(f"{folder} is no complete training shard ({error}): write it again.") from error
    if {name: array.shape for name, array in arrays.items()} != shapes(made):
        raise MediaError(f"{folder} is no complete training shard (its arrays are of another): write it again.")
    if recipe is not None and made != recipe:
        raise MediaError(f"{folder} was made with another {difference(made, recipe)}: name a new folder for this one.")
    return Shard(made, **arrays)


def difference(made: ShardRecipe, recipe: ShardRecipe) -> str:
    """The first thing in which two recipes differ, with its value in each."""
    old, new = asdict(made), asdict(recipe)
    name = next(name for name in old if old[name] != new[name])
    return f"{name} ({old[name]}, not {new[name]})"


def write_shard(source: Path, folder: Path, recipe: ShardRecipe, threads: int | None = None) -> Shard:
    """Makes `recipe.samples` samples from what lies below `source`, or goes on where it was stopped.

    A complete shard is only opened. MediaError if what lies in `folder` belongs to another recipe or other material.
    """
    if (folder / "recipe.json").exists():
        return open_shard(folder, recipe)
    journal = Journal.begin(folder, recipe, footage.listing(source))
    material = usable(footage.load(source, folder), recipe)
    journal.save()
    shard = create(folder, recipe, "r+" if journal.done else "w+")
    waiting = [number for number in range(-(-recipe.samples // BLOCK)) if number not in journal.done]
    with one_thread_each(), ThreadPoolExecutor(threads or cores()) as pool:
        for number in pool.map(partial(fill, shard, material), waiting):
            for name in ARRAYS:
                getattr(shard, name).flush()
            journal.add(number)
    (folder / "recipe.json").write_text(json.dumps(asdict(recipe)))
    return open_shard(folder, recipe)


def fill(shard: Shard, material: Material, number: int) -> int:
    """Makes the samples of a block; its number."""
    for n, sample in block(material, shard.recipe, number):
        flow = flows(sample.lr, shard.recipe.fine_flow)
        shard.hr[n], shard.lr[n], shard.flow[n], shard.phase[n] = sample.hr, sample.lr, flow, sample.corner
    return number


def flows(lr: npt.NDArray[np.uint8], fine: bool = False) -> npt.NDArray[np.float16]:
    """Flow from each frame of [T, h, w, 3] to the one before; zero for the first."""
    measure, grey = Flow(fine), [luma(x.astype(np.float32) / 255) for x in lr]
    first = np.zeros((*lr.shape[1:3], 2), np.float32)
    return np.stack([first, *(measure(b, a) for a, b in zip(grey, grey[1:], strict=False))]).astype(np.float16)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """OpenCV on one thread a call: blocks are made side by side, and its flow depends on the number of threads."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def create(folder: Path, recipe: ShardRecipe, mode: str) -> Shard:
    """The memory-mapped arrays of a shard that is being written; OSError if the disk has no room for them."""
    arrays: dict[str, Any] = {}
    for name, shape in shapes(recipe).items():
        path, kind = folder / f"{name}.npy", np.float16 if name == "flow" else np.uint8
        arrays[name] = np.lib.format.open_memmap(path, mode=mode, dtype=kind, shape=shape)
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)  # a full disk kills who writes to a mapped file
    return Shard(recipe, **arrays)


@dataclass(frozen=True)
class Journal:
    """How far a shard is made, and of what."""

    file: Path
    recipe: ShardRecipe
    material: dict[str, int]
    done: set[int]

    @classmethod
    def begin(cls, folder: Path, recipe: ShardRecipe, material: dict[str, int]) -> "Journal":
        """The journal in `folder`, or a new one that is not saved yet."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "sources.json"
        if not file.exists():
            if any((folder / f"{name}.npy").exists() for name in ARRAYS):
                raise MediaError(f"{folder} holds half a shard of unknown origin: delete it or name another folder.")
            return cls(file, recipe, material, set())
        begun = json.loads(file.read_text())
        if ShardRecipe(**begun["recipe"]) != recipe:
            what = difference(ShardRecipe(**begun["recipe"]), recipe)
            raise MediaError(f"{folder} holds half a shard with another {what}: delete it or name another folder.")
        if begun["material"] != material:
            raise MediaError(f"{folder} was begun with other clips and pictures: bring them back, or delete it.")
        return cls(file, recipe, material, set(begun["done"]))

    def add(self, number: int) -> None:
        """Notes a block as done."""
        self.done.add(number)
        self.save()

    def save(self) -> None:
        beside = self.file.with_suffix(".new")
        beside.write_text(
            json.dumps({"recipe": asdict(self.recipe), "material": self.material, "done": sorted(self.done)}, indent=1)
        )
        beside.replace(self.file)
