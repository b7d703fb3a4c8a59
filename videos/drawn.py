"""Parts of pages that look alike for everybody: drawn once in each language."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from duf.catalog import MODELS
from videos.forms import ConvertForm


def choice(prefix: str) -> SafeString:
    """The choices that mean the same for every video; `prefix` is of the fields' ids."""
    return _choice(prefix, get_language(), settings.DEFAULT_MODEL, *MODELS)


@lru_cache(maxsize=32)
def _choice(prefix: str, *_looks: Any) -> SafeString:
    return render_to_string("videos/choice.html", {"form": ConvertForm(auto_id=f"{prefix}_%s")})
