from ctypes import CDLL

import pytest

from duf import native


@pytest.fixture(params=native.TARGETS)
def library(request: pytest.FixtureRequest) -> CDLL:
    """The kernels for every instruction set that this processor has and the system lets us use."""
    if not native.usable(request.param):
        pytest.skip(f"not on this processor: {request.param}")
    return native.opened(native.library(request.param))
