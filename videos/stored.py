"""What every store says of the files in it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from duf.errors import DufError

AWAY = _(
    "The server cannot reach the place where it keeps its files, so this waits. It goes on by itself when it can: "
    "tell the administrator if it stays so."
)


@dataclass(frozen=True)
class Stored:
    """What is known of a finished file without reading it. The stamp is another one if the bytes are."""

    size: int
    stamp: str
    changed: int  # seconds since 1970


class StorageError(DufError):
    """A store that does not do what it is asked, for a reason that has nothing to do with the file."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code  # the store's own name of the reason, if it gave any
