"""The compiled kernels as Python sees them. Where they are not built or the processor is too old: None.

In C: stream.c is for duf.integers, drawing.c for duf.drawing, dense.c for duf.dense, steady.c for duf.steady,
learning.c for duf.training.quick; vectors.h is what they share, tiles.h what the first three do on processors that
multiply tiles.
"""

import ctypes
import hashlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from ctypes import POINTER, Structure, c_float, c_int32, c_int64, c_uint8, c_void_p
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from duf.devices import cores

FOLDER = Path(__file__).parent
# Instruction sets, best first: what a processor has to have (by /proc/cpuinfo), and what the compiler calls it.
AVX512 = {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "fma"}
AMX = AVX512 | {"avx512_bf16", "amx_tile", "amx_int8"}
TARGETS = {
    "amx": (AMX, "x86_64_v4+avx512vnni+avx512bf16+amx_tile+amx_int8"),
    "bf16": (AVX512 | {"avx512_bf16"}, "x86_64_v4+avx512vnni+avx512bf16"),
    "vnni": (AVX512, "x86_64_v4+avx512vnni"),
    "avx2": ({"avx2", "fma", "bmi2"}, "x86_64_v3"),
}
PIECES = 4  # a thread, into which short work is cut, so that none waits long for another
THREADS = "kernels"  # how the names of those begin that work on rows
LANES = 16  # of a vector; activations are read so many pixels beyond their end


class Layer(Structure):
    """`Layer` of stream.c."""

    _fields_ = [
        ("inputs", c_int32),
        ("outputs", c_int32),
        ("weights", c_void_p),
        ("scale", c_void_p),
        ("bias", c_void_p),
        ("skip", c_void_p),
        ("x", c_void_p),
        ("y", c_void_p),
    ]


class Sight(Structure):
    """`Sight` of stream.c."""

    _fields_ = [
        ("width", c_int32),
        ("height", c_int32),
        ("channels", c_int32),
        ("padded", c_int32),
        ("frame", c_void_p),
        ("previous", c_void_p),
        ("flow", c_void_p),
        ("coming", c_void_p),
        ("coming_flow", c_void_p),
        ("state", c_void_p),
        ("phase", c_uint8),
        ("y", c_void_p),
    ]


class Drawing(Structure):
    """`Drawing` of drawing.c."""

    _fields_ = [
        ("width", c_int32),
        ("height", c_int32),
        ("size", c_int32),
        ("scale", c_int32),
        ("times", c_int32),
        ("frame", c_void_p),
        ("logits", c_void_p),
        ("residual", c_void_p),
        ("halves", c_int32),
        ("state", c_void_p),
        ("channels", c_int32),
        ("tap_weights", c_void_p),
        ("residual_weights", c_void_p),
        ("tap_scale", c_void_p),
        ("resting", c_void_p),
        ("residual_scale", c_void_p),
        ("residual_bias", c_void_p),
        ("bounded", c_int32),
        ("rgb", c_void_p),
        ("planes", c_void_p * 3),
        ("bits", c_int32),
        ("colour", c_float * 12),
        ("across", c_float * 4),
        ("down", c_float * 4),
    ]


class Block(Structure):
    """`Block` of dense.c."""

    _fields_ = [
        ("width", c_int32),
        ("height", c_int32),
        ("inputs", c_int32),
        ("outputs", c_int32),
        ("x", POINTER(c_void_p)),
        ("scale", c_void_p),
        ("shift", c_void_p),
        ("mix", c_void_p),
        ("mix_scale", c_void_p),
        ("mix_bias", c_void_p),
        ("look", c_void_p),
        ("look_scale", c_void_p),
        ("look_bias", c_void_p),
        ("positive", c_int32),
        ("y", POINTER(c_void_p)),
        ("step", c_int32),
    ]


class Head(Structure):
    """`Head` of dense.c."""

    _fields_ = [
        ("width", c_int32),
        ("inputs", c_int32),
        ("hidden", c_int32),
        ("outputs", c_int32),
        ("x", c_void_p),
        ("hidden_weights", c_void_p),
        ("hidden_bias", c_void_p),
        ("out_weights", c_void_p),
        ("out_bias", c_void_p),
        ("y", c_void_p),
        ("halves", c_int32),
    ]


class Holding(Structure):
    """`Holding` of steady.c."""

    _fields_ = [
        ("width", c_int32),
        ("height", c_int32),
        ("rows", c_int32),
        ("bytes", c_int32),
        ("finer", c_int32),
        ("limit", c_float),
        ("shares", c_void_p),
        ("shown", c_void_p),
        ("now", c_void_p),
    ]


class Painting(Structure):
    """`Painting` of learning.c."""

    _fields_ = [
        ("width", c_int32),
        ("height", c_int32),
        ("size", c_int32),
        ("scale", c_int32),
        ("halves", c_int32),
        ("frames", c_void_p),
        ("taps", c_void_p),
        ("resting", c_void_p),
        ("residual", c_void_p),
        ("pictures", c_void_p),
        ("slopes", c_void_p),
        ("tap_slopes", c_void_p),
        ("resting_slopes", c_void_p),
        ("residual_slopes", c_void_p),
    ]


class Judging(Structure):
    """`Judging` of learning.c."""

    _fields_ = [
        ("width", c_int32),
        ("height", c_int32),
        ("frames", c_int32),
        ("linear", c_int32),
        ("bend", c_float),
        ("error", c_float),
        ("change", c_float),
        ("still", c_float),
        ("standing", c_float),
        ("truth", c_void_p),
        ("result", c_void_p),
        ("changes", c_void_p),
        ("sums", c_void_p),
        ("slopes", c_void_p),
    ]


@lru_cache
def kernels() -> ctypes.CDLL | None:
    """The library for this processor."""
    best = target()
    return opened(library(best)) if best else None


def target() -> str | None:
    """The best of the instruction sets that this processor has, the system lets us use, and kernels were built for."""
    return next((name for name in TARGETS if library(name).exists() and usable(name)), None)


def usable(target: str) -> bool:
    """Whether this processor has an instruction set, and the system lets us use it."""
    needs, _ = TARGETS[target]
    return needs <= processor() and granted(target)


def granted(target: str) -> bool:
    """Whether the system lets us use the registers of an instruction set; those for tiles have to be asked for."""
    arch_prctl, ask_for, tiles = 158, 0x1023, 18
    return target != "amx" or ctypes.CDLL(None).syscall(arch_prctl, ask_for, tiles) == 0


def library(target: str) -> Path:
    """Where the kernels for an instruction set are, once built from the sources as they are now."""
    made_from = hashlib.sha256(b"".join(path.read_bytes() for path in sources())).hexdigest()[:12]
    return FOLDER / f"kernels-{target}-{made_from}.so"


def sources() -> list[Path]:
    """What is compiled, and what it includes."""
    return sorted(FOLDER.glob("*.[ch]"))


def opened(path: Path) -> ctypes.CDLL:
    """A library with its functions declared; they release the interpreter's lock while they work."""
    found = ctypes.CDLL(str(path))
    kinds: dict[str, type[Structure]] = {
        "convolve": Layer,
        "look": Sight,
        "draw": Drawing,
        "scratch_for": Drawing,
        "hold": Holding,
        "paint": Painting,
        "trace": Painting,
        "measure": Judging,
        "judge": Judging,
    }
    for name, kind in kinds.items():
        function = getattr(found, name)
        function.argtypes, function.restype = [POINTER(kind), c_int32, c_int32], None
    found.convolve.argtypes = [*found.convolve.argtypes, c_int32]
    found.draw.argtypes = [*found.draw.argtypes, c_void_p]
    found.scratch_for.restype = c_int64
    found.see.argtypes = [POINTER(Block), c_int32, c_int32, c_void_p]
    found.tell.argtypes = [POINTER(Head), c_int32, c_int32, c_void_p]
    found.scratch_of.argtypes, found.scratch_of.restype = [POINTER(Block)], c_int64
    found.add.argtypes, found.add.restype = [POINTER(c_void_p * 3), c_void_p, c_int64, c_int64], None
    found.peak.argtypes, found.peak.restype = [c_int64], c_int64
    return found


def processor() -> set[str]:
    """What the processor has, by its flags."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split(":")[1].split()) for line in lines if line.startswith("flags")), set())


class Threads:
    """Shares the rows of a frame between threads."""

    def __init__(self, count: int = 0) -> None:
        self.count = count or cores()
        self._pool = ThreadPoolExecutor(self.count, THREADS)

    def start(self, rows: int, work: Callable[[int, int], None], pieces: int = 1) -> list[Future[None]]:
        """Begin `work(first, last)` on all of the rows, in so many pieces a thread; who is quicker takes more."""
        parts = min(rows, self.count * pieces)
        bounds = [rows * n // parts for n in range(parts + 1)]
        coming = iter(list(pairwise(bounds)))

        def share() -> None:
            for first, last in coming:
                work(first, last)

        return [self._pool.submit(share) for _ in range(min(parts, self.count))]

    def run(self, rows: int, work: Callable[[int, int], None]) -> None:
        """`work(first, last)` on all of the rows, done when it comes back."""
        finish(self.start(rows, work, PIECES))


def finish(tasks: list[Future[None]]) -> None:
    for task in tasks:
        task.result()
