"""Rows know the request that asked for them; results and originals may expire unless they are kept."""

from django.db import migrations, models

import vsrsite.logs


class Migration(migrations.Migration):
    dependencies = [
        ("videos", "0003_one_precision"),
    ]

    operations = [
        migrations.AddField(
            model_name="upscale",
            name="expires",
            field=models.DateTimeField(blank=True, help_text="When it is removed, as its owner was told.", null=True),
        ),
        migrations.AddField(
            model_name="upscale",
            name="kept",
            field=models.BooleanField(default=False, help_text="The owner wants the result for ever."),
        ),
        migrations.AddField(
            model_name="upscale",
            name="request_id",
            field=models.UUIDField(
                blank=True,
                default=vsrsite.logs.request_id,
                editable=False,
                help_text="The request that asked for it, as the logs have it.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="video",
            name="kept",
            field=models.BooleanField(default=False, help_text="The owner wants the original for ever."),
        ),
        migrations.AddField(
            model_name="video",
            name="original_expires",
            field=models.DateTimeField(
                blank=True, help_text="When the original is removed, as its owner was told.", null=True
            ),
        ),
        migrations.AddField(
            model_name="video",
            name="original_removed",
            field=models.DateTimeField(blank=True, help_text="When the original was removed; results stay.", null=True),
        ),
        migrations.AddField(
            model_name="video",
            name="request_id",
            field=models.UUIDField(
                blank=True,
                default=vsrsite.logs.request_id,
                editable=False,
                help_text="The request that asked for it, as the logs have it.",
                null=True,
            ),
        ),
    ]
