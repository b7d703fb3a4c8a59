"""Where the site listens, and where a browser on the same machine finds it."""

from django.core.exceptions import ImproperlyConfigured

from vsrsite import env

HERE = "127.0.0.1"
PORTS = 2**16
EVERYWHERE = {"", "0.0.0.0", "[::]"}


def bind() -> list[str]:
    """Hosts with ports, and sockets, as gunicorn takes them."""
    places = env.words("BIND", f"{HERE}:8000")
    for place in places:
        port = place.rpartition(":")[2]
        if not place.startswith("unix:/") and not (port.isdecimal() and 0 < int(port) < PORTS):
            raise ImproperlyConfigured(
                f"BIND: {place!r} is no place to listen at; use a host and a port, {HERE}:8000, or unix:/run/web.sock."
            )
    return places


def origin() -> str:
    """Of the first port; if there are only sockets, of the usual one."""
    for place in bind():
        host, _, port = place.removeprefix("tcp://").rpartition(":")
        if port.isdecimal():
            return f"http://{HERE if host in EVERYWHERE else host}:{port}"
    return f"http://{HERE}:8000"
