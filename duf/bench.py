"""How fast this machine is: the whole way through the library, and each stage of it alone.

Frames per second count everything from the file to the verified file, with the model loaded. Core milliseconds are
those of all threads and processes, so they add up where stages overlap; a stage's are measured with nothing else
running. Every figure is the median of several runs, given with the least and the greatest.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import av
import cv2
import numpy as np
from ml_dtypes import bfloat16
from numpy.typing import NDArray

from duf import devices, native
from duf.choices import Choices
from duf.drawing import upsample
from duf.errors import MediaError
from duf.flow import Flow, luma
from duf.integers import Integers
from duf.media.colour import BT709, SITES, Coding, coding, to_rgb
from duf.media.encode import Encoder, EncodeSettings
from duf.media.reader import read
from duf.pipeline import Loaded, Work, load, prepare, upscale_file
from duf.streaming import Streaming

PRESETS = ("superfast", "veryfast")
CORES = devices.cores()
STAGED = 96  # frames that a stage is measured on
RATE = 24  # frames a second of the clip
SIZES = ((426, 240), (854, 480), (1280, 720), (1920, 1080))  # of `growth`
SHORT = (8, 24)  # frames at each size; the difference counts, without starting and joining
LENGTHS = (100, 1000)
WATCH = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""
RIVAL = "realesr-animevideov3"
REFLECTED = cv2.BORDER_REFLECT
MEGA, GIGA = 1e6, 1e9


@dataclass(frozen=True)
class Measure:
    """One figure by its runs."""

    name: str
    unit: str
    values: list[float]

    @property
    def middle(self) -> float:
        return median(self.values)

    def row(self) -> list[str]:
        least, greatest = min(self.values), max(self.values)
        return [self.name, f"{self.middle:.4g}", f"{least:.4g} to {greatest:.4g}", self.unit]


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    model: str = "stream"
    precision: str | None = None
    scale: int = 4
    width: int = 426
    height: int = 240
    frames: int = 480
    runs: int = 5

    @property
    def title(self) -> str:
        return f"{self.model} {self.width}x{self.height} x{self.scale}"


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
            *(partial(encoding, work, model, plan) for work in works),
            partial(process, clip, plan),
            partial(kernels, plan),
        ):
            made = measures()
            found += made
            yield from made
    yield rest(found)
    yield from peak(model, found, plan)


def make_clip(path: Path, width: int, height: int, frames: int) -> Path:
    """A clip with texture of every size, under a moving camera, with a patch that moves on its own."""
    rng = np.random.default_rng(1)
    back, front = texture(rng, height + 200, width + 500), texture(rng, height + 200, width + 500)
    y, x = np.mgrid[0:height, 0:width]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"crf": "18"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for n in range(frames):
            behind, before = filmed(back, width, height, n), filmed(front, width, height, -n)
            middle = width / 2 + width / 3 * np.sin(n / 40), height / 2 + height / 4 * np.cos(n / 31)
            inside = np.hypot(x - middle[0], y - middle[1]) < height / 5
            picture = np.where(inside[..., None], before, behind)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        output.mux(stream.encode(None))
    return path


def texture(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    """Noise of every scale, as natural pictures have it: the larger, the stronger."""
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(7):
        noise = rng.standard_normal((max(2, height >> octave), max(2, width >> octave), 3))
        total += 1.8**octave * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    codes: NDArray[np.uint8] = np.clip(128 + 45 * total / total.std(), 0, 255).astype(np.uint8)
    return codes


def filmed(picture: NDArray[np.uint8], width: int, height: int, moment: int) -> NDArray[np.uint8]:
    """The part of a picture that a slowly turning camera sees on its way to and fro."""
    angle, zoom = 0.02 * np.sin(moment / 50), 1 + 0.1 * np.sin(moment / 70)
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array(picture.shape[1::-1]) / 2 + (150 * np.sin(moment / 60), 60 * np.sin(moment / 45))
    matrix = np.column_stack([turn, centre - turn @ (width / 2, height / 2)])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    seen: NDArray[np.uint8] = cv2.warpAffine(picture, matrix, (width, height), flags=flags, borderMode=REFLECTED)
    return seen


def cores_used() -> float:
    """Core seconds so far of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def busy() -> float:
    """Core seconds so far of everything on this machine."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, soft = (int(field) for field in fields[:7])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def timed(action: Callable[[], Any]) -> tuple[float, float]:
    """Seconds and core seconds of an action."""
    began, used = time.perf_counter(), cores_used()
    action()
    return time.perf_counter() - began, cores_used() - used


def whole(work: Work, model: Loaded, plan: Plan) -> list[Measure]:
    """From file to verified file."""
    preset, result = work.settings.preset, work.source.with_name("result.mp4")
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
    code, result = coding(work.clip.video), coding(work.video)
    runs = {"decode": [timed(lambda: list(decoded(work)))[1] * 1000 / plan.frames for _ in range(plan.runs)]}
    for _ in range(plan.runs):
        planes = [frame.planes for frame in islice(decoded(work), STAGED)]
        timing = Stopwatch(runs, len(planes))
        if isinstance(model.upscaler, Streaming):
            streamed(model.upscaler, planes, code, result, timing)
        else:
            timing("network", model.upscaler.upscale_planes(planes, code, result))
    return [Measure(name, "core ms/frame", values) for name, values in runs.items()]


class Stopwatch:
    """Notes the core milliseconds a frame that each stage takes."""

    def __init__(self, runs: dict[str, list[float]], frames: int) -> None:
        self.runs, self.frames = runs, frames

    def __call__(self, name: str, work: Iterable[Any]) -> list[Any]:
        """All that comes of `work`, with the time that it took."""
        done: list[Any] = []
        _, cores = timed(lambda: done.extend(work))
        self.runs.setdefault(name, []).append(cores * 1000 / self.frames)
        return done


def streamed(upscaler: Streaming, planes: list[Any], code: Any, result: Any, timing: Stopwatch) -> None:
    """The stages of a streaming network; what is drawn includes its heads and the result's colours."""
    engine, seen = upscaler.engine, timing("colour", (to_rgb(frame, code) for frame in planes))
    engine.begin(*seen[0].shape[:2])
    moved = timing("flow", flows(seen))
    timing("body", (engine.remember(frame, flow) for frame, flow in moved))  # type: ignore[func-returns-value]
    timing("upsampling", (engine.draw(upscaler.scale, result)() for _ in moved))


def flows(frames: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each frame with the flow to the one before it."""
    measure, before = Flow(), luma(frames[0])
    for frame in frames:
        grey = luma(frame)
        yield frame, measure(grey, before)
        before = grey


def decoded(work: Work) -> Iterator[Any]:
    with closing(read(work.source, work.limits)) as frames:
        yield from frames


def encoding(work: Work, model: Loaded, plan: Plan) -> list[Measure]:
    """The encoder alone, on the first second of what the model draws, over and over."""
    code = coding(work.clip.video)
    coming = (frame.planes for frame, _ in zip(decoded(work), range(RATE), strict=False))
    drawn = list(model.upscaler.upscale_planes(coming, code, coding(work.video)))
    there_and_back = [*drawn, *drawn[::-1]]
    pictures = [there_and_back[n % len(there_and_back)] for n in range(STAGED)]

    def encode() -> None:
        with Encoder(work.source.with_name("encoded"), work.video, work.settings) as encoder:
            for n, picture in enumerate(pictures):
                encoder.write(picture, n, 1)

    runs = [timed(encode)[1] * 1000 / STAGED for _ in range(plan.runs)]
    return [Measure(f"encode, {work.settings.preset}", "core ms/frame", runs)]


def process(clip: Path, plan: Plan) -> list[Measure]:
    """A process of its own: memory for the clip, and the time that a clip of one frame takes from command to file."""
    one = make_clip(clip.with_name("one.mp4"), plan.width, plan.height, 1)
    start = [watched(one, plan)[0] for _ in range(plan.runs)]
    return [
        Measure("one frame, from command to file", "s", start),
        Measure("peak memory", "MB", [watched(clip, plan)[2]]),
    ]


def watched(clip: Path, plan: Plan) -> tuple[float, float, float]:
    """Seconds, core seconds and greatest memory (MB) of the command line that upscales a clip."""
    words = [sys.executable, "-m", "duf", "upscale", "--model", plan.model, "--scale", str(plan.scale), "--force"]
    words += ["--precision", plan.precision] if plan.precision else []
    words += ["--preset", PRESETS[0], str(clip), str(clip.with_name("out.mp4"))]
    began = time.perf_counter()
    # A process between the two, because a child counts the memory of the one that it was forked from.
    done = subprocess.run([sys.executable, "-c", WATCH, *words], capture_output=True, text=True)
    if done.returncode:
        raise MediaError(f"`{' '.join(words)}` failed; run it to see why.")
    cores, memory = map(float, done.stdout.split())
    return time.perf_counter() - began, cores, memory * 1024 / MEGA


def growth(plan: Plan) -> list[Measure]:
    """What larger and longer clips take: time by pixels, memory by pixels and by length."""
    made = []
    with TemporaryDirectory() as folder:
        for width, height in SIZES:
            few, more = (make_clip(Path(folder) / f"{n}.mp4", width, height, n) for n in SHORT)
            size, pixels = f"{width}x{height}", width * height * (SHORT[1] - SHORT[0]) / MEGA
            _, cores, _ = watched(few, plan)
            _, more_cores, memory = watched(more, plan)
            made += [
                Measure(f"core time at {size}", "core s/megapixel", [(more_cores - cores) / pixels]),
                Measure(f"peak memory at {size}", "MB", [memory]),
            ]
        for frames in LENGTHS:
            clip = make_clip(Path(folder) / f"{frames}.mp4", plan.width, plan.height, frames)
            made.append(Measure(f"peak memory for {frames} frames", "MB", [watched(clip, plan)[2]]))
    return made


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


def beside(folder: Path, plan: Plan, measures: list[Measure]) -> list[Measure]:
    """Video2X's default network on a frame of the same size, for comparison: its files, as ncnn reads them, at 4x."""
    try:
        import ncnn
    except ImportError as error:
        raise MediaError("To run another network beside, install ncnn: `pip install ncnn`.") from error
    network = ncnn.Net()
    network.opt.num_threads = CORES
    network.load_param(str(folder / f"{RIVAL}-x4.param"))
    network.load_model(str(folder / f"{RIVAL}-x4.bin"))
    frame = ncnn.Mat(np.random.default_rng(3).random((3, plan.height, plan.width), dtype=np.float32))

    def enlarge() -> None:
        extractor = network.create_extractor()
        extractor.input(network.input_names()[0], frame)
        extractor.extract(network.output_names()[0])

    enlarge()
    runs = [timed(enlarge) for _ in range(plan.runs)]
    alone, cores = ([run[n] for run in runs] for n in (0, 1))
    ours = next(measure for measure in measures if measure.name == f"core time, {PRESETS[0]}")
    return [
        Measure(f"{RIVAL} x4, network alone", "s/frame", alone),
        Measure(f"{RIVAL} x4, core time", "core ms/frame", [1000 * used for used in cores]),
        Measure(f"that, of ours from file to file, {PRESETS[0]}", "times", [1000 * median(cores) / ours.middle]),
    ]


def rest(measures: list[Measure]) -> Measure:
    """The share of the core time that neither the network nor the encoder takes."""
    found = {measure.name: measure.middle for measure in measures}
    preset = PRESETS[0]
    working = [found[name] for name in ("body", "upsampling", "network", f"encode, {preset}") if name in found]
    share = 100 * (1 - sum(working) / found[f"core time, {preset}"])
    return Measure(f"all but network and encoder, {preset}", "% of core time", [share])


def peak(model: Loaded, measures: list[Measure], plan: Plan) -> list[Measure]:
    """What the convolutions of the body reach, and what the processor reaches on registers alone, a core."""
    library, engine = native.kernels(), getattr(model.upscaler, "engine", None)
    if library is None or not isinstance(engine, Integers):
        return []
    network = engine.network
    products = sum(network.layers[name].weights.size for name in network.layers if name not in ("taps", "residual"))
    body = next(measure for measure in measures if measure.name == "body")
    reached = [2 * products * plan.width * plan.height / (ms * MEGA) for ms in body.values]
    rounds = 2_000_000
    most = [2 * native.PEAK * rounds / (timed(lambda: library.peak(rounds))[1] * GIGA) for _ in range(plan.runs)]
    return [
        Measure("convolutions of the body", "GFLOP/s a core", reached),
        Measure("peak on registers, int8", "GFLOP/s a core", most),
        Measure("body, of that peak", "%", [100 * median(reached) / median(most)]),
    ]


def machine() -> dict[str, Any]:
    """Where it was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())
    return {"processor": name, "cores": CORES}


def table(measures: list[Measure], before: dict[str, Measure] | None = None) -> str:
    """Markdown; with what `before` measured, how much of that each figure is, and between what bounds."""
    rows = [["what", "median", "least to greatest", "unit"], ["---"] * 4]
    rows += [measure.row() for measure in measures]
    if before is not None:
        ratios = [_ratio(measure, before.get(measure.name)) for measure in measures]
        rows = [[*row, more] for row, more in zip(rows, ["of before", "---", *ratios], strict=True)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _ratio(now: Measure, before: Measure | None) -> str:
    if before is None or now.unit != before.unit or not min(before.values) > 0:
        return ""
    least, greatest = min(now.values) / max(before.values), max(now.values) / min(before.values)
    return f"{now.middle / before.middle:.2f} ({least:.2f} to {greatest:.2f})"


def save(path: Path, plan: Plan, where: dict[str, Any], measures: list[Measure]) -> None:
    """Write a run as JSON, for `read_run`."""
    run = {"machine": where, "plan": asdict(plan), "measures": [asdict(measure) for measure in measures]}
    path.write_text(json.dumps(run, indent=2) + "\n")


def read_run(path: Path) -> dict[str, Measure]:
    """The figures of a run that was saved. MediaError if it is something else."""
    try:
        return {entry["name"]: Measure(**entry) for entry in json.loads(path.read_text())["measures"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MediaError(f"{path} is no result of `python -m duf bench --json` ({error}): name another.") from error
