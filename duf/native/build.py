"""Compiles the kernels: `python -m duf.native.build`, at install. The compiler is the package ziglang, from PyPI."""

import os
import subprocess
import sys
import tempfile

from duf.native import FOLDER, TARGETS, library, sources

FLAGS = ["-O3", "-ffp-contract=off", "-shared", "-fPIC", "-s", "-Wall", "-Werror"]


def build() -> None:
    """Compile for every instruction set, in place of what was there. CalledProcessError if the compiler refuses."""
    before = set(FOLDER.glob("*.so"))
    files = [str(path) for path in sources() if path.suffix == ".c"]
    with tempfile.TemporaryDirectory() as cache:
        places = {"ZIG_LOCAL_CACHE_DIR": cache, "ZIG_GLOBAL_CACHE_DIR": cache}
        for target, (_, processor) in TARGETS.items():
            path = library(target)
            beside = path.with_suffix(".new")
            machine = ["-target", "x86_64-linux-gnu.2.28", f"-mcpu={processor}"]
            words = [sys.executable, "-m", "ziglang", "cc", *FLAGS, *machine, "-o", str(beside), *files]
            subprocess.run(words, check=True, env=os.environ | places)
            beside.replace(path)
    for path in before - {library(target) for target in TARGETS}:
        path.unlink()


if __name__ == "__main__":
    build()
