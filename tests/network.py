"""A second host on this machine: a network namespace, and a cable to it that can be pulled. Needs root or sudo."""

import getpass
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

NAME = "vsr-far"
CABLE = "vsr-near"
NEAR = "10.231.77.1"  # this machine's end
FAR = "10.231.77.2"

ROOT = [] if os.getuid() == 0 else ["sudo"]

# What a program of the far host is started with.
WITHIN = [*ROOT, "ip", "netns", "exec", NAME, *(["sudo", "-E", "-u", getpass.getuser()] if ROOT else [])]


@contextmanager
def cabled() -> Iterator[None]:
    """The far host exists and is reached."""
    _ip("netns", "add", NAME)
    try:
        _ip("link", "add", CABLE, "type", "veth", "peer", "name", "cable", "netns", NAME)
        _ip("address", "add", f"{NEAR}/30", "dev", CABLE)
        _ip("-n", NAME, "address", "add", f"{FAR}/30", "dev", "cable")
        _ip("-n", NAME, "link", "set", "cable", "up")
        mend()
        yield
    finally:
        _ip("netns", "delete", NAME)


def cut() -> None:
    """Pull the cable: nothing arrives any more, and nobody is told."""
    _ip("link", "set", CABLE, "down")


def mend() -> None:
    _ip("link", "set", CABLE, "up")


def _ip(*words: str) -> None:
    subprocess.run([*ROOT, "ip", *words], check=True)
