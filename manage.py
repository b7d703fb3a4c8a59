#!/usr/bin/env python
"""Django's command line for this site."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from vsrsite import secret_key


def main() -> None:
    if sys.argv[1:2] in (["prepare"], ["restore"]):  # the settings cannot be loaded without a key
        secret_key.ensure()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vsrsite.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
