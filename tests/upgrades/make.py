"""`python -m tests.upgrades.make VERSION` writes VERSION.sql here: today's schema, filled with rows of every kind.

Taken once for each released schema, and never changed afterwards.
"""

import os
import sqlite3
import sys
import tempfile
from pathlib import Path

import django
from django.core.management import call_command

FOLDER = Path(__file__).parent


def make(version: str, folder: Path) -> None:
    """Make the tables in an empty folder, fill them, and write them down as SQL."""
    os.environ.update(VAR_DIR=str(folder), SECRET_KEY="none", DJANGO_SETTINGS_MODULE="vsrsite.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    fill()
    connection = sqlite3.connect(folder / "db.sqlite3")
    (FOLDER / f"{version}.sql").write_text("\n".join(connection.iterdump()) + "\n", encoding="utf-8")
    connection.close()


def fill() -> None:
    """People, and videos and jobs in every state."""
    from allauth.account.models import EmailAddress
    from django.db.models import Q

    from accounts.models import User
    from videos.models import Upscale, Video

    admin = User.objects.create_superuser("admin@example.org")
    alice = User.objects.create_user("alice@example.org", max_videos=7)
    for user in (admin, alice):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for video_state in Video.State.values:
        Video.objects.create(owner=admin, name=f"{video_state}.mp4", size=1000, state=video_state)
    facts = {"video": {"width": 64, "height": 48}, "notes": ["The timecode track is not kept."]}
    video = Video.objects.create(owner=alice, name="Grüße.mkv", size=5_000_000_000, offset=5_000_000_000, facts=facts)
    video.change(Q(), state=Video.State.READY, frames=20, sha256="a" * 64)
    for state in Upscale.State.values:
        job = Upscale.objects.create(video=video, model="stream", scale=4, precision="int8", settings={"crf": 18})
        job.plan([(0, 10), (10, 20)])
        job.change(Q(), state=state, receipt={"ok": True}, size=77, reason="Because.", file="result.mkv")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        make(sys.argv[1], Path(scratch))
