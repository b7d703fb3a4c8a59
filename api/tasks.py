"""What the queue calls."""

from api import webhooks


def deliver() -> None:
    webhooks.run()
