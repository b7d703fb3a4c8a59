"""What can go wrong, with the exit code that scripts see. The text is one sentence for the person at the terminal."""


class Trouble(Exception):
    """Something did not work."""

    code = 1


class SignedOut(Trouble):
    """There is no token, or the site does not take it."""

    code = 3


class Unreachable(Trouble):
    """The site does not answer, or not as this client understands it."""

    code = 4
