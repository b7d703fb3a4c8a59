"""What videos were told that are interlaced, in today's words: choices find the sentence again, and so do languages."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BEFORE = "The picture is interlaced; it is deinterlaced and the result is progressive."
AFTER = "Every picture is two half pictures (interlaced), as camcorders recorded; the result has whole ones."


def reword(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for video in apps.get_model("videos", "Video").objects.filter(facts__isnull=False).only("facts").iterator():
        facts = video.facts or {}
        if BEFORE in facts.get("notes", []):
            video.facts = {**facts, "notes": _reworded(facts["notes"])}
            video.save(update_fields=["facts"])
    for job in apps.get_model("videos", "Upscale").objects.only("notes").iterator():
        if BEFORE in job.notes:
            job.notes = _reworded(job.notes)
            job.save(update_fields=["notes"])


def _reworded(notes: list[str]) -> list[str]:
    return [AFTER if note == BEFORE else note for note in notes]


class Migration(migrations.Migration):
    dependencies = [("videos", "0020_deinterlace")]
    operations = [migrations.RunPython(reword, migrations.RunPython.noop)]
