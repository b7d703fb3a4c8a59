"""What the look of a polled part depends on, told by cheap queries: nothing is built that the browser has already.

Every open page asks for each of its jobs every two seconds; most of the answers are those from before (status 304).
"""

import uuid
from hashlib import blake2b

from django.http import HttpRequest
from django.utils.translation import get_language

from videos.access import upscales_of
from videos.models import Upscale
from videos.progress import queue_positions

CHANGING = ("state", "frames", "frames_done", "paused", "reason")  # of a job that there is work on


def of_job(request: HttpRequest, pk: uuid.UUID) -> str | None:
    """The ETag of a conversion that there is work on; None if its answer is to be built.

    Its forms hold the token of the browser, so an answer is good with that token alone.
    """
    token = request.COOKIES.get("csrftoken")
    jobs = upscales_of(request.user).select_related(None).filter(pk=pk, state__in=Upscale.ACTIVE)
    job = jobs.values_list(*CHANGING).first() if token else None
    if job is None:
        return None
    place = queue_positions().get(pk) if job[0] == Upscale.State.QUEUED else None
    look = (token, get_language(), request.GET.urlencode(), place, *job)
    return f'"{blake2b(repr(look).encode(), digest_size=12).hexdigest()}"'
