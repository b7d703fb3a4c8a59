"""The whole way through the library, and each stage of it alone.

Frames per second count everything from the file to the verified file, with the model loaded. Core milliseconds are
those of all threads and processes, so they add up where stages overlap; a stage's are measured with nothing else
running, but for the encoder's: they are what the whole takes beside all the rest, and for the part that a network in
integers has in what is done before the encoder, which is counted while all of that runs. Every figure is the median of
several runs, given with the least and the greatest.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import thread_time
from typing import Any

import numpy as np
from ml_dtypes import bfloat16

from duf import devices, native
from duf.bench.clip import make_clip
from duf.bench.clocks import Stopwatch, Working, busy, timed, watched
from duf.bench.figures import Measure
from duf.bench.plan import OF_IT, PRESETS, Plan
from duf.both_ways import BothWays
from duf.choices import Choices
from duf.drawing import upsample
from duf.flow import Flow
from duf.integers import Integers
from duf.media.colour import BT709, SITES, Coding, coding, to_rgb
from duf.media.encode import EncodeSettings
from duf.media.join import assembly
from duf.media.reader import read
from duf.pipeline import Loaded, Work, assemble, encode, load, made_of_all, prepare, upscale_file
from duf.steady import LEAST, Steady, held_planes
from duf.streaming import Streaming, glances, with_coming
from duf.upscaler import Upscaler

CORES = devices.cores()
STAGED = 96  # frames that a stage is measured on
BEFORE, AFTER = "all before the encoder, together", "all after the encoder"
NETWORK = ("body", "upsampling", "network")  # alone: of these, those that a model has
MEGA, GIGA = 1e6, 1e9


def bench(plan: Plan) -> Iterator[Measure]:
    """Measure all of it, a figure at a time."""
    model = load(plan.model, plan.scale, plan.precision)
    found: list[Measure] = []
    with TemporaryDirectory() as folder:
        clip = make_clip(Path(folder) / "clip.mp4", plan.width, plan.height, plan.frames)
        works = [prepare(clip, plan.scale, Choices(EncodeSettings(preset=preset))) for preset in PRESETS]
        for measures in (
            *(partial(whole, work, model, plan) for work in works),
            partial(stages, works[0], model, plan),
            partial(around, works[0], model, plan),
            partial(process, clip, plan),
            partial(kernels, plan),
        ):
            made = measures()
            found += made
            yield from made
    yield from shares(found)
    yield from peak(model, found, plan)


def whole(work: Work, model: Loaded, plan: Plan) -> list[Measure]:
    """From file to verified file."""
    preset, result = work.settings.preset, Path(str(work.source)).with_name("result.mp4")
    runs, others = [], []
    for _ in range(plan.runs):
        before = busy()
        seconds, cores = timed(lambda: upscale_file(work, model, result))
        runs.append((seconds, cores))
        others.append(max(0.0, busy() - before - cores))
    per_frame = 1000 / plan.frames
    idle = [CORES * run[0] - run[1] - other for run, other in zip(runs, others, strict=True)]
    return [
        Measure(f"end to end, {preset}", "frames/s", [plan.frames / seconds for seconds, _ in runs]),
        Measure(f"core time, {preset}", "core ms/frame", [used * per_frame for _, used in runs]),
        Measure(f"waiting, {preset}", "core ms/frame", [seconds * per_frame for seconds in idle]),
        Measure(f"other work on the machine, {preset}", "core ms/frame", [other * per_frame for other in others]),
        Measure(f"if no core waited, {preset}", "frames/s", [CORES * plan.frames / used for _, used in runs]),
        Measure(f"size of the result, {preset}", "kB/frame", [result.stat().st_size / 1000 / plan.frames]),
    ]


def stages(work: Work, model: Loaded, plan: Plan) -> list[Measure]:
    """Each stage before the encoder, alone."""
    code, result, upscaler = coding(work.clip.video), coding(work.video), unsteadied(model)
    runs = {"decode": [timed(lambda: list(decoded(work)))[1] * 1000 / plan.frames for _ in range(plan.runs)]}
    for _ in range(plan.runs):
        planes = [frame.planes for frame in islice(decoded(work), STAGED)]
        timing = Stopwatch(runs, len(planes))
        if isinstance(upscaler, Streaming):
            drawn = streamed(upscaler, planes, code, result, timing)
        else:
            drawn = timing("network", upscaler.upscale_planes(planes, code, result))
        if upscaler is not model.upscaler:
            timing("steadying", steadied(planes, drawn, code, result, LEAST[work.scale]))
    return [Measure(name, "core ms/frame", values) for name, values in runs.items()]


def unsteadied(model: Loaded) -> Upscaler:
    """What makes the pictures of a model, whether they are held or not."""
    return model.upscaler.upscaler if isinstance(model.upscaler, Steady) else model.upscaler


def streamed(upscaler: Streaming, planes: list[Any], code: Any, result: Any, timing: Stopwatch) -> list[Any]:
    """The stages of a streaming network; what is drawn includes its heads and the result's colours."""
    engine, seen = upscaler.engine, timing("colour", (to_rgb(frame, code) for frame in planes))
    engine.begin(*seen[0].shape[:2])
    moved = timing("flow", glances(seen, lambda frame: frame, Flow(upscaler.fine)))
    timing("body", (engine.remember(*pair) for pair in with_coming(moved)))  # type: ignore[func-returns-value]
    return timing("upsampling", (engine.draw(upscaler.scale, result)() for _ in moved))


def steadied(planes: list[Any], drawn: list[Any], code: Any, result: Any, least: float) -> Iterator[Any]:
    """The pictures as they were drawn, held."""

    def given(coming: Iterable[Any]) -> Iterator[Any]:
        return (picture for _, picture in zip(coming, drawn, strict=True))

    return held_planes(planes, given, code, result, least)


def decoded(work: Work) -> Iterator[Any]:
    with closing(read(work.source, work.limits)) as frames:
        yield from frames


def around(work: Work, model: Loaded, plan: Plan) -> list[Measure]:
    """All that comes before the encoder, overlapping as it does, and all that follows it."""
    result, segment = (Path(str(work.source)).with_name(name) for name in ("result.mp4", "segment"))
    times = encode(made_of_all(work, model), work, segment, None)
    parts = assembly(work.clip, work.container, *times, whole=True)
    drawn = before_the_encoder(work, model, plan)
    joined = [timed(lambda: assemble(work, parts, [segment], result))[1] for _ in range(plan.runs)]
    return [*drawn, Measure(AFTER, "core ms/frame", [used * 1000 / plan.frames for used in joined])]


def before_the_encoder(work: Work, model: Loaded, plan: Plan) -> Iterator[Measure]:
    """All of it, and what a network in integers takes of that."""
    found = engines(unsteadied(model))
    working = Working(found) if found else None
    runs = []
    for _ in range(plan.runs):
        before = working() if working else 0.0
        _, used = timed(lambda: deque(made_of_all(work, model), maxlen=0))
        runs.append((used, working() - before if working else 0.0))
    together, of_it = ([core * 1000 / plan.frames for core in part] for part in zip(*runs, strict=True))
    yield Measure(BEFORE, "core ms/frame", together)
    if working:
        yield Measure(OF_IT, "core ms/frame", of_it)


def engines(upscaler: Upscaler) -> list[Integers]:
    """The networks in integers that are at work in it."""
    ways = [upscaler.forwards, upscaler.backwards] if isinstance(upscaler, BothWays) else [upscaler]
    return [way.engine for way in ways if isinstance(way, Streaming) and isinstance(way.engine, Integers)]


def process(clip: Path, plan: Plan) -> list[Measure]:
    """A process of its own: memory for the clip, and the time that a clip of one frame takes from command to file."""
    one = make_clip(clip.with_name("one.mp4"), plan.width, plan.height, 1)
    start = [watched(one, plan)[0] for _ in range(plan.runs)]
    return [
        Measure("one frame, from command to file", "s", start),
        Measure("peak memory", "MB", [watched(clip, plan)[2]]),
    ]


def kernels(plan: Plan) -> list[Measure]:
    """Dynamic upsampling alone: logits to 8-bit planes, on all threads."""
    library, rng = native.kernels(), np.random.default_rng(2)
    if library is None:
        return []
    threads, made = native.Threads(), []
    frame = rng.random((plan.height, plan.width, 3), dtype=np.float32)
    residual = np.zeros((plan.height, plan.width, 3 * plan.scale**2), np.float32)
    code = Coding(BT709, False, 8, SITES["left"])
    for size in (5, 3):
        logits = rng.standard_normal((plan.height, plan.width, (size * plan.scale) ** 2), dtype=np.float32)
        for kind in (np.float32, bfloat16):
            draw = partial(upsample, library, frame, logits.astype(kind), residual, plan.scale, threads, code)
            runs = [1000 * min(timed(draw)[0] for _ in range(5)) for _ in range(plan.runs)]
            made.append(Measure(f"dynamic upsampling {size}x{size}, {kind.__name__} logits", "ms", runs))
    return made


def shares(measures: list[Measure]) -> Iterator[Measure]:
    """What each encoder takes, which is what the whole takes beside all before and after it, and what others share.

    A run of each of the parts makes a run of these.
    """
    found = {measure.name: measure.values for measure in measures}
    others = [sum(run) for run in zip(found[BEFORE], found[AFTER], strict=True)]
    for preset in PRESETS:
        whole = zip(found[f"core time, {preset}"], others, strict=True)
        yield Measure(f"encode, {preset}", "core ms/frame", [used - rest for used, rest in whole])
    parts = [OF_IT] if OF_IT in found else [name for name in NETWORK if name in found]
    network = [sum(run) for run in zip(*(found[name] for name in parts), strict=True)]
    runs = zip(others, network, found[f"core time, {PRESETS[0]}"], strict=True)
    rest = [100 * (other - of_network) / used for other, of_network, used in runs]
    yield Measure(f"all but network and encoder, {PRESETS[0]}", "% of core time", rest)


def peak(model: Loaded, measures: list[Measure], plan: Plan) -> list[Measure]:
    """What the convolutions of the body reach, and what the processor reaches on registers alone, a core."""
    library, engine = native.kernels(), getattr(unsteadied(model), "engine", None)
    if library is None or not isinstance(engine, Integers):
        return []
    network = engine.network
    products = sum(network.layers[name].weights.size for name in network.layers if name not in ("taps", "residual"))
    body = next(measure for measure in measures if measure.name == "body")
    reached = [2 * products * plan.width * plan.height / (ms * MEGA) for ms in body.values]
    rounds, on_registers = 2_000_000, []
    for _ in range(plan.runs):
        began = thread_time()
        on_registers.append(2 * library.peak(rounds) / ((thread_time() - began) * GIGA))
    return [
        Measure("convolutions of the body", "GFLOP/s a core", reached),
        Measure("peak on registers, int8", "GFLOP/s a core", on_registers),
        Measure("body, of that peak", "%", [100 * run / median(on_registers) for run in reached]),
    ]
