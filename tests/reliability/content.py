"""What everybody uploads under load."""

import random


def content(size: int) -> bytes:
    """So many bytes, the same for all; no video, so that what becomes of them costs nothing."""
    return random.Random(size).randbytes(size)
