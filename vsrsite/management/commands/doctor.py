"""`manage.py doctor`: what is wrong and how to mend it. The exit code is 1 if the site cannot work as it is."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from vsrsite.doctor import examine


class Command(BaseCommand):
    help = "Looks at everything the site needs, and says what is wrong and how to mend it."

    requires_system_checks = []  # they are among what it looks at

    def handle(self, *args: Any, **options: Any) -> None:
        serious = False
        for name, findings in examine():
            if not findings:
                self.stdout.write(f"ok     {name}")
            for finding in findings:
                self.stdout.write(f"{'WRONG' if finding.serious else 'note '}  {name}: {finding.what}")
                if finding.cure:
                    self.stdout.write(f"       {finding.cure}")
                serious |= finding.serious
        if serious:
            sys.exit(1)
