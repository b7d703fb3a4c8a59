"""Webhooks go out every minute, from the light cluster."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "deliver"


def add(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    schedules = apps.get_model("django_q", "Schedule").objects
    schedules.get_or_create(name=NAME, func="api.tasks.deliver", schedule_type="I", minutes=1)


def remove(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0001_initial"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunPython(add, remove)]
