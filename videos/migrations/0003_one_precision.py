"""All segments of a job run in one precision, whichever machine works on them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("videos", "0002_sweep_schedule"),
    ]

    operations = [
        migrations.AddField(
            model_name="upscale",
            name="precision",
            field=models.CharField(
                blank=True, help_text="Of the network's numbers, one for all segments.", max_length=10
            ),
        ),
    ]
