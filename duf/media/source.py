"""What there is to read: a file on the disk, or the address of one that a server hands out."""

from dataclasses import dataclass
from pathlib import Path

from duf.errors import MediaError
from duf.media.facts import Limits


@dataclass(frozen=True)
class Address:
    """Where to ask for ranges of a file: http or https, with whatever gives the right to it."""

    url: str

    def __str__(self) -> str:
        return self.url


Source = Path | Address


def source_of(text: str) -> Source:
    """What a path or an address stands for."""
    return Address(text) if text.startswith(("http://", "https://")) else Path(text)


def check_size(size: int, limits: Limits) -> None:
    """Raises MediaError if a file has more bytes than allowed."""
    if size > limits.bytes:
        raise MediaError(f"The file is larger than the {limits.bytes / 1e9:.3g} GB allowed; use a shorter part.")
