"""The exceptions of this library. Their text is one sentence for the person who used it."""


class DufError(Exception):
    """Something the user can act on; `str(error)` says what is wrong and what to do."""


class MediaError(DufError):
    """A file that cannot be read or written as video."""


class ModelError(DufError):
    """Weights or a network that cannot be used."""


class SourceError(DufError):
    """What cannot be had now, from elsewhere, from a failing disk or a busy machine: nothing is wrong with the file."""
