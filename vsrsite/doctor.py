"""What is wrong with this installation, and how to mend it. `manage.py doctor` prints it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from smtplib import SMTPException
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.core.checks.security.base import check_secret_key
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.template.defaultfilters import filesizeformat

from accounts.models import User
from duf import weights
from duf.errors import ModelError
from duf.media.landlock import version_of_kernel
from videos import storage
from videos.work.watching import standstill
from vsrsite import health, reaching
from vsrsite.checks import LOCAL
from vsrsite.paths import VAR_DIR
from vsrsite.secret_key import KEY_FILE

ANSWER_SECONDS = 5
PREPARE = "Run `python manage.py prepare`."
INSTALL = "Take it from the repository again (`git checkout duf/models`), or import the model again."


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, and the cure. Not `serious`: the site works without it."""

    what: str
    cure: str
    serious: bool = True


def examine() -> Iterator[tuple[str, list[Finding]]]:
    """Everything that is looked at, by name, with what was found."""
    for name, look in LOOKS.items():
        try:
            yield name, list(look())
        except Exception as error:
            why = next(iter(str(error).splitlines()), "")
            what = f"It cannot be looked at ({type(error).__name__}: {why})."
            yield name, [Finding(what, "Mend what is wrong above, and ask again.")]


def _settings() -> Iterator[Finding]:
    for found in run_checks():
        yield Finding(found.msg, found.hint or "", found.level >= ERROR)


def _secret_key() -> Iterator[Finding]:
    for _ in check_secret_key(None):
        cure = "Unset it and let `python manage.py prepare` make one; everybody has to sign in again."
        yield Finding("SECRET_KEY is short or easy to guess.", cure)
    if not os.environ.get("SECRET_KEY") and KEY_FILE.exists() and KEY_FILE.stat().st_mode & 0o077:
        yield Finding(f"Others on this machine may read {KEY_FILE}.", f"Run `chmod 600 {KEY_FILE}`.")


def _address() -> Iterator[Finding]:
    if urlsplit(settings.SITE_URL).hostname in LOCAL:
        return
    if not settings.SECURE:
        cure = "Put a proxy with TLS before the site and let SITE_URL begin with https://."
        yield Finding(f"Passwords travel openly to SITE_URL={settings.SITE_URL}.", cure, serious=False)
    cure = "Start the site, or correct SITE_URL or the proxy; browsers must reach it there."
    try:
        with urlopen(f"{settings.SITE_URL}/healthz", timeout=ANSWER_SECONDS) as answer:
            if answer.read(100) != health.ALIVE:
                yield Finding(f"Something else answers at SITE_URL={settings.SITE_URL}.", cure)
    except (URLError, OSError, ValueError) as error:
        yield Finding(f"The site does not answer at SITE_URL={settings.SITE_URL} ({error}).", cure, serious=False)


def _folders() -> Iterator[Finding]:
    for folder in (VAR_DIR, Path(settings.MEDIA_ROOT), VAR_DIR / "cache"):
        if not folder.is_dir():
            yield Finding(f"There is no folder {folder}.", f"{PREPARE} VAR_DIR says where it is made.")
        elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            yield Finding(
                f"{folder} cannot be written.", "Give it to the user who runs the site (chown), or set VAR_DIR."
            )
    if not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        yield Finding("The pages' styles and scripts are not in their place.", PREPARE)


def _disk() -> Iterator[Finding]:
    spare, reserve = storage.spare_bytes(), settings.DISK_RESERVE_BYTES
    cure = "Free some space: `python manage.py prune --dry-run` shows what is past its life; see RESULT_DAYS."
    if spare <= 0:
        yield Finding("The disk is full up to DISK_RESERVE_BYTES, so all work waits.", cure)
    elif spare < reserve:
        yield Finding(f"The disk is almost full: work waits after another {filesizeformat(spare)}.", cure, False)


def _bucket() -> Iterator[Finding]:
    if trouble := storage.store().trouble():
        yield _as_finding(trouble)


def _weights() -> Iterator[Finding]:
    for card in (*weights.SHIPPED.glob("*.json"), *weights.imported().glob("*.json")):
        try:
            weights.read(card.with_suffix(""))
        except ModelError as error:
            yield Finding(str(error), INSTALL)


def _confinement() -> Iterator[Finding]:
    if not version_of_kernel():
        what = "There is no Landlock here: a hostile video that took over the decoder could delete what the site may."
        cure = "Use Linux 5.13 or newer; in containers an engine whose seccomp profile knows Landlock. See SECURITY.md."
        yield Finding(what, cure, serious=False)


def _database() -> Iterator[Finding]:
    if away := reaching.database_away():
        yield _as_finding(away)
        return
    for found in run_checks(tags=["database"], databases=["default"]):
        yield Finding(found.msg, found.hint or "", found.level >= ERROR)
    executor = MigrationExecutor(connection)
    missing = [str(step) for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if missing:
        yield Finding(f"The tables are older than the code: {len(missing)} changes wait, up to {missing[-1]}.", PREPARE)


def _cache() -> Iterator[Finding]:
    if away := reaching.redis_away():
        yield _as_finding(away)
    elif found := health.trouble("cache"):
        yield Finding(found, "Give var/cache to the user who runs the site, or start the cache's server.")


def _mail() -> Iterator[Finding]:
    if not settings.EMAIL_URL:
        cure = "Set EMAIL_URL; without it forgotten passwords are your work, and expiry is told on pages alone."
        yield Finding("No mail is sent.", cure, serious=False)
        return
    try:
        with get_connection():
            pass
    except (SMTPException, OSError) as error:
        cure = "Correct EMAIL_URL, or mend the mail server; until then nothing expires and nobody can sign up."
        yield Finding(f"The mail server cannot be used ({error}).", cure)


def _queue() -> Iterator[Finding]:
    if found := standstill():
        yield Finding(found, "If it runs already, its log says what keeps it.")


def _people() -> Iterator[Finding]:
    if not User.objects.filter(is_superuser=True, is_active=True).exists():
        cure = "Run `make admin` (in containers: `docker compose run --rm worker manage createsuperuser`)."
        yield Finding("There is no administrator.", cure)


def _as_finding(trouble: str) -> Finding:
    """Of a sentence that says what is wrong, and after a semicolon the cure."""
    what, _, cure = trouble.partition("; ")
    return Finding(f"{what}.", f"{cure[:1].upper()}{cure[1:]}")


LOOKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "folders": _folders,
    "settings": _settings,
    "secret key": _secret_key,
    "address": _address,
    "disk": _disk,
    "bucket": _bucket,
    "weights": _weights,
    "confinement": _confinement,
    "database": _database,
    "cache": _cache,
    "mail": _mail,
    "queue": _queue,
    "people": _people,
}
