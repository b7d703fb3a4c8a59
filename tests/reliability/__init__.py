"""What the site is worth when things go wrong, measured by programs: docs/reliability.md."""

import tests.environment  # noqa: F401  before anything reads where the site keeps its data
