"""Secrets that are no secrets: what examples say, and what is tried first."""

WORDS = {"admin", "change-me", "changeme", "database", "example", "password", "postgres", "secret", "vsr"}


def guessable(secret: str) -> bool:
    """Whether it is one of them; an empty one is another matter."""
    return secret.lower() in WORDS
