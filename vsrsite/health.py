"""Whether the site works: /healthz says that this process answers, /readyz that all it needs works too."""

import logging
import tempfile
import uuid
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from videos import storage
from videos.work.watching import standstill

ALIVE = b"alive\n"

log = logging.getLogger(__name__)


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Touches nothing, so that a broken database is no reason to kill the web."""
    return HttpResponse(ALIVE, content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """What works and what does not, by name; 503 if anything does not."""
    found = {name: trouble(name) for name in PARTS}
    broken = any(found.values())
    told = {name: said or "works" for name, said in found.items()}
    return JsonResponse({"ready": not broken, **told}, status=503 if broken else 200)


def trouble(name: str) -> str:
    """What is wrong with a part, in a sentence that gives no secrets away (the log has the details); or nothing."""
    look, sentence = PARTS[name]
    try:
        return look()
    except Exception:
        log.warning("%s: %s", name, sentence, exc_info=True)
        return sentence


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _cache() -> str:
    name = f"health-{uuid.uuid4()}"
    cache.set(name, name, 10)
    found = cache.get(name)
    cache.delete(name)
    return "" if found == name else "The cache forgets what it is told."


def _storage() -> str:
    with tempfile.NamedTemporaryFile(dir=settings.MEDIA_ROOT, prefix="health-") as file:
        file.write(b"works")
    return storage.obstacle()


PARTS: dict[str, tuple[Callable[[], str], str]] = {
    "database": (_database, "The database cannot be reached."),
    "cache": (_cache, "The cache cannot be written."),
    "storage": (_storage, "Files cannot be written."),
    "queue": (standstill, "Whether the queue moves cannot be said."),
}
