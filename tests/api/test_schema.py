"""What the API describes is what it does: schemathesis makes up requests and looks for answers that do not fit."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from hypothesis.strategies import booleans
from schemathesis.core.parameters import ParameterLocation

from tests.api.conftest import Program
from videos.models import Upscale
from vsrsite.wsgi import application

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.fixture(autouse=True)
def any_number_of_requests(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1_000_000


@pytest.fixture(autouse=True)
def connection_stays_open() -> Iterator[None]:
    """Requests close old connections before and after, but here they share the test's own."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def signature(case: Any, program: Program) -> dict[str, str]:
    """A request whose headers are wrong on purpose is sent as it was made up."""
    made = case.meta.components.get(ParameterLocation.HEADER)
    return {} if made and made.mode.is_negative else program.headers


def name_rows(case: Any, upscale: Upscale) -> None:
    """Have a valid request ask for rows that exist."""
    if not case.meta.generation.mode.is_positive:
        return
    if case.path_parameters:
        case.path_parameters["id"] = str(upscale.video_id if "/videos/" in case.path else upscale.pk)
    if isinstance(case.body, dict):
        case.body["video"] = str(upscale.video_id)
        case.headers["Idempotency-Key"] = str(uuid.uuid4())


@schema.given(known=booleans())
@schema.parametrize()
@settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=QUIET)
def test_every_answer_is_as_described(case: Any, known: bool, program: Program, done: Upscale) -> None:
    if known:
        name_rows(case, done)
    case.call_and_validate(headers=signature(case, program))


@pytest.mark.long
@schema.given(known=booleans())
@schema.parametrize()
@settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
def test_every_answer_to_many_requests_is_as_described(case: Any, known: bool, program: Program, done: Upscale) -> None:
    if known:
        name_rows(case, done)
    case.call_and_validate(headers=signature(case, program))
