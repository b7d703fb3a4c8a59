"""How gunicorn serves the site: threads, so that slow uploads and downloads do not hold processes."""

from typing import Any

from vsrsite import env, listening, logs, settings

bind = listening.bind()
worker_class = "gthread"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
timeout = 120  # seconds without a sign of life from a worker
graceful_timeout = 10
keepalive = 5
logconfig_dict = logs.configuration(env.choice("LOG_FORMAT", "line", "json"))
control_socket_disable = True  # nobody asks it, and it would lie in the home folder
forwarded_allow_ips = ""  # vsrsite.proxies reads the headers, if TRUSTED_PROXIES says so


def when_ready(server: Any) -> None:
    print(f"The site is at {settings.SITE_URL} (Ctrl-C stops it).", flush=True)
