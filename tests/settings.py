"""The site's settings for tests: a quick password hash, no manifest of static files."""

import tests.environment  # noqa: F401
from vsrsite.settings import *  # noqa: F403
from vsrsite.settings import DATABASES, STORAGES

# A file, not memory: races are between connections, and the clusters of some tests are processes of their own.
# The same name as outside of the tests, for those processes.
DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
