"""What the sample of the matrix shares with the other tests that start the site's programs."""

from tests.videos.conftest import shared_media  # noqa: F401
