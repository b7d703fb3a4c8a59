"""Whether a kept connection is good is seen without a query."""

import socket
from types import SimpleNamespace

from django.conf import settings

from vsrsite.postgresql.base import DatabaseWrapper


def test_a_connection_is_good_until_its_server_has_gone() -> None:
    server, line = socket.socketpair()
    wrapper = DatabaseWrapper({**settings.DATABASES["default"], "OPTIONS": {}}, "default")
    assert not wrapper.is_usable()
    wrapper.connection = SimpleNamespace(closed=False, fileno=line.fileno)
    assert wrapper.is_usable()
    server.close()
    assert not wrapper.is_usable()
    line.close()
    wrapper.connection = SimpleNamespace(closed=True)
    assert not wrapper.is_usable()
