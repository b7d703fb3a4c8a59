"""How many requests a token has left in this minute, counted in the cache that all processes share."""

import time
from dataclasses import dataclass

from django.conf import settings

from api.models import Token
from videos.limits import one_more

WINDOW = 60  # seconds


@dataclass(frozen=True)
class Rate:
    """Of one token, after the request that is being answered."""

    limit: int
    used: int
    seconds_left: int  # until it starts again from nothing

    @property
    def exceeded(self) -> bool:
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers has them."""
        return {
            "RateLimit-Policy": f'"token";q={self.limit};w={WINDOW}',
            "RateLimit": f'"token";r={max(self.limit - self.used, 0)};t={self.seconds_left}',
        }


def count(token: Token) -> Rate:
    """Count one request of this token."""
    left = WINDOW - int(time.time()) % WINDOW
    used = one_more(f"api:{token.pk}", left)
    return Rate(settings.API_REQUESTS_PER_MINUTE, used, left)
