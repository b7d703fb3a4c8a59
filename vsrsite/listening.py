"""Where the site listens, and where a browser on the same machine finds it."""

from vsrsite import env

HERE = "127.0.0.1"
EVERYWHERE = {"", "0.0.0.0", "[::]"}


def bind() -> list[str]:
    """Hosts with ports, and sockets, as gunicorn takes them."""
    return env.words("BIND", f"{HERE}:8000")


def origin() -> str:
    """Of the first port; if there are only sockets, of the usual one."""
    for place in bind():
        host, _, port = place.removeprefix("tcp://").rpartition(":")
        if port.isdecimal():
            return f"http://{HERE if host in EVERYWHERE else host}:{port}"
    return f"http://{HERE}:8000"
