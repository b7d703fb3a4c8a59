"""Version 1 of the API, put together."""

from api import problems
from api.openapi import DescribedAPI
from api.operations import about, upscales, videos

DESCRIPTION = (
    "Upscale videos from programs. Every request carries a token in its Authorization header; you make tokens on your "
    "account page. Videos are uploaded by tus (https://tus.io) to /uploads/ with the same header."
)

api = DescribedAPI(title="Video upscaling", version="1", description=DESCRIPTION, docs_url=None)
problems.install(api)
api.add_router("/videos", videos)
api.add_router("/upscales", upscales)
api.add_router("", about)
