"""The keeper of the warm upscaling process: `python -m duf serve`, spoken to in lines of JSON.

It runs in a session of its own, so that what stops the cluster does not reach it, and which yields to all others: it
ends when its standard input closes, and it is killed when an answer is no longer wanted. Whatever it was doing then is
another attempt's work.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext_noop as _

from duf.errors import DufError, SourceError
from videos.work.leases import Hold
from vsrsite.paths import BASE_DIR

COMMAND = [sys.executable, "-m", "duf", "serve"]
TICK_SECONDS = 0.5  # between two looks at whether the answer is still wanted
SILENCE_SECONDS = 600  # without a frame: it hangs

BROKE = _("The upscaler broke down ({how}); if this repeats, the video may be too large for the server's memory.")
SILENT = _("The upscaler stopped making progress; try again, and tell the administrator if it stays so.")


class UpscaleError(DufError):
    """An attempt that the child process could not finish."""


class Child:
    """One process, started when first asked and kept for the next question."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self.tried = False  # whether what it was asked last was a trial

    def run(self, request: dict[str, Any], hold: Hold) -> dict[str, Any]:
        """Have one request done, counting its frames on `hold`; what the child says of it.

        Raises UpscaleError or SourceError with the child's sentence, and `Lost` as soon as the row is taken away.
        """
        if self._process is not None and self._process.poll() is not None:
            self.stop()  # it died since the last request
        self.tried = bool(request.get("trial"))
        name = str(uuid.uuid4())
        try:
            self._send({"id": name, **request})
            answer = self._answer(name, hold)
        except BaseException:
            self.stop()
            raise
        if "error" in answer:
            raise (SourceError if answer.get("passes") else UpscaleError)(answer["error"])
        done: dict[str, Any] = answer["done"]
        return done

    def stop(self) -> None:
        """End the process and all it has started, now."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._process, self._unread = None, b""

    def _answer(self, name: str, hold: Hold) -> dict[str, Any]:
        """Read until the request is done, or has gone wrong."""
        heard = time.monotonic()
        while True:
            hold.check()
            message = self._message()
            if message is None:
                if time.monotonic() - heard > SILENCE_SECONDS:
                    raise UpscaleError(SILENT)
                continue
            heard = time.monotonic()
            if message["id"] != name:
                continue
            hold.frames = message.get("frames", hold.frames)
            if "done" in message or "error" in message:
                return message

    def _message(self) -> dict[str, Any] | None:
        """The next line, or None if a tick goes by without one."""
        while b"\n" not in self._unread:
            pipe = self._running().stdout
            assert pipe is not None
            if not select.select([pipe], [], [], TICK_SECONDS)[0]:
                return None
            piece = os.read(pipe.fileno(), 1 << 16)
            if not piece:
                raise UpscaleError(BROKE.format(how=self._ending()))
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def _send(self, request: dict[str, Any]) -> None:
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            raise UpscaleError(BROKE.format(how=self._ending())) from error

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=BASE_DIR,
                start_new_session=True,
            )
        return self._process

    def _ending(self) -> str:
        """How it died, in words."""
        code = self._running().wait()
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
