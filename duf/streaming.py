"""The streaming network at work on a run of frames: OpenCV measures the flow, an engine does the rest."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

import numpy as np

from duf import quantised, weights
from duf.devices import gpu
from duf.errors import ModelError
from duf.flow import Flow, luma
from duf.media.colour import Coding, Planes, to_rgb
from duf.native import kernels
from duf.upscaler import Rgb, Upscaler, same

F = TypeVar("F")  # a frame, in whatever form it comes
LEARNT = 4  # the scale of weights from whose pictures others are made, until they have weights of their own


class Glance(NamedTuple):
    """One frame as an engine sees it."""

    frame: Rgb  # [h, w, 3] in 0..1
    flow: Rgb  # [h, w, 2] to the frame before, in pixels; zero for the first of a run
    again: bool = False  # it repeats the one before


class Engine(Protocol):
    """Runs a streaming network on frames of one size."""

    scale: int  # the network's

    def twin(self) -> Self:
        """Another one of the same weights, with a memory of its own. The two never work at the same time."""

    def begin(self, height: int, width: int) -> None:
        """Forget all; the next frames are of that size."""

    def remember(self, now: Glance, coming: Glance) -> None:
        """See the next frame, and the one after it (the same at rest where there is none)."""

    def draw(self, times: int, code: Coding | None) -> Callable[[], Any]:
        """Begin to enlarge the frame last seen; what comes gives the picture, as often as it is called, but it is
        called for the first time before two more frames are seen.

        RGB [times h, times w, 3] in 0..1, or planes of that coding; below the network's scale by exact area averaging.
        """


class Streaming(Upscaler):
    """Carries an engine over a run. `fine`: the flow that it learnt from."""

    past = 12  # frames until the state has forgotten how it began
    future = 1

    def __init__(self, engine: Engine, scale: int, fine: bool = False) -> None:
        self.engine, self.scale, self.fine = engine, scale, fine

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        return self.drawn(frames, lambda frame: frame, None)

    def upscale_planes(self, frames: Iterable[Planes], code: Coding, result: Coding) -> Iterator[Planes]:
        return self.drawn(frames, lambda planes: to_rgb(planes, code), result)

    def drawn(
        self,
        frames: Iterable[F],
        see: Callable[[F], Rgb],
        code: Coding | None,
        start: int = 0,
        stop: int | None = None,
    ) -> Iterator[Any]:
        """The pictures of a run from frame `start` on, up to `stop`, each drawn while the next frame is looked at.

        A frame that repeats the one before is not looked at: its picture is that one's again. But the second of a run
        always is, because the first look at a scene is not yet the best.
        """
        drawing: Callable[[], Any] | None = None
        pairs = with_coming(seen_ahead(frames, Eye(see, Flow(self.fine))))
        for number, (now, coming) in enumerate(islice(pairs, stop)):
            if number == 0:
                self.engine.begin(*now.frame.shape[:2])
            waiting = drawing
            if looks := not now.again or number == 1:
                self.engine.remember(now, coming)
            if number >= start and (looks or drawing is None):
                drawing = self.engine.draw(self.scale, code)
            if waiting:
                yield waiting()
        if drawing:
            yield drawing()


class Eye(Generic[F]):
    """Sees the frames of a run one by one, each with its flow; what repeats the frame before is not looked at."""

    def __init__(self, see: Callable[[F], Rgb], measure: Flow) -> None:
        self.see, self.measure = see, measure
        self.last: F | None = None

    def __call__(self, frame: F) -> Glance:
        if self.last is None:
            self.now = resting(self.see(frame))
            self.before = luma(self.now.frame)
        elif same(frame, self.last):
            self.now = resting(self.now.frame, again=True)
            return self.now
        else:
            rgb = self.see(frame)
            grey = luma(rgb)
            self.now, self.before = Glance(rgb, self.measure(grey, self.before)), grey
        self.last = frame
        return self.now


def glances(frames: Iterable[F], see: Callable[[F], Rgb], measure: Flow) -> Iterator[Glance]:
    """Each frame of a run with its flow."""
    return map(Eye(see, measure), frames)


def seen_ahead(frames: Iterable[F], look: Callable[[F], Glance]) -> Iterator[Glance]:
    """What is seen of each frame of a run: on a thread of its own, while the one before is worked on.

    The frames are read where what was seen is asked for.
    """
    with ThreadPoolExecutor(1) as pool:
        coming: deque[Future[Glance]] = deque()
        for frame in frames:
            coming.append(pool.submit(look, frame))
            if len(coming) > 1:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def resting(frame: Rgb, again: bool = False) -> Glance:
    """A frame in which nothing has moved."""
    return Glance(frame, np.zeros((*frame.shape[:2], 2), np.float32), again)


def with_coming(run: Iterable[Glance]) -> Iterator[tuple[Glance, Glance]]:
    """Each with the one after it; the last with itself at rest."""
    now: Glance | None = None
    for coming in run:
        if now is not None:
            yield now, coming
        now = coming
    if now is not None:
        yield now, resting(now.frame, again=True)


def stream(name: str, scale: int, sampling: str = "centre", precision: str | None = None) -> Streaming:
    """A shipped network in "int8" or "float32"; None: the faster one on this machine (float32 where there is a GPU).

    They differ by less than can be seen. ModelError if int8 is asked for and the kernels are not there.
    """
    if precision == "int8" and kernels() is None:
        raise ModelError("The fast kernels are not built or not for this processor; choose float32.")
    whole = (precision or fastest(name, scale)) == "int8"
    return (integers if whole else reference)(_weights(name, scale, sampling), scale, sampling)


def fastest(name: str, scale: int) -> str:
    """The precision that a shipped network runs in on this machine where nothing else is said."""
    return "int8" if is_quick(_weights(name, scale, "")) else "float32"


def is_quick(path: Path) -> bool:
    """Whether the network in a file runs in 8-bit integers here."""
    return kernels() is not None and gpu() is None and quantised.fits(path)


def opened(path: Path, scale: int, sampling: str) -> Streaming:
    """The network in a file, in the precision that it runs in on this machine."""
    return (integers if is_quick(path) else reference)(path, scale, sampling)


def _weights(name: str, scale: int, sampling: str) -> Path:
    return weights.shipped(name, scale, sampling) or weights.SHIPPED / f"{name}-x{LEARNT}"


def reference(path: Path, scale: int, sampling: str) -> Streaming:
    """The Keras network itself."""
    from duf.reference import streaming
    from duf.stream import restored

    return streaming(restored(path), scale, sampling, learnt_fine(weights.read_card(path)))


def integers(path: Path, scale: int, sampling: str) -> Streaming:
    """The network in 8-bit integers."""
    from duf.integers import Integers

    library = kernels()
    assert library is not None
    engine = Integers(library, quantised.read(path), sampling == "corner")
    return Streaming(engine, scale, learnt_fine(weights.read_card(path)))


def learnt_fine(card: weights.Card) -> bool:
    """Whether the weights were learnt from flow that was measured finely."""
    return bool(card.options.get("fine_flow", False))
