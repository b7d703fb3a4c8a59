"""The library that breaks a disk, for a process and for one that it starts with an environment of its own."""

import os
import struct
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.reliability.places import breaking_disk

MEMORY = Path("/dev/shm")  # a disk on which nothing lies that Python itself reads
READ = "import sys\ntry: print(open(sys.argv[1]).read())\nexcept OSError as error: print(error.errno)"
READ_BY_ANOTHER = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]], env={})"


@pytest.mark.skipif(not MEMORY.is_dir(), reason="no disk in memory")
def test_a_broken_disk_gives_no_process_anything(tmp_path: Path) -> None:
    disk, environment = breaking_disk(tmp_path)
    with TemporaryDirectory(dir=MEMORY) as folder:
        file = Path(folder) / "file"
        file.write_text("whole")

        def read(*command: str) -> str:
            run = [sys.executable, "-c", *command, str(file)]
            return subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout.strip()

        assert read(READ) == read(READ_BY_ANOTHER, READ) == "whole"
        disk.write_bytes(struct.pack("ll", os.stat(folder).st_dev, 0))
        assert read(READ) == read(READ_BY_ANOTHER, READ) == "5"
        assert struct.unpack("ll", disk.read_bytes())[1] >= 2
        disk.write_bytes(struct.pack("ll", 0, 0))
        assert read(READ_BY_ANOTHER, READ) == "whole"
