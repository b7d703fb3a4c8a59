"""The site's API."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from vsr.login import Login
from vsr.troubles import SignedOut, Trouble, Unreachable

Row = dict[str, Any]

TIMEOUT = 60  # seconds without a byte
PATIENCE = 5  # repetitions of a request, ever later, about 15 seconds in all
LATER = (429, 502, 503, 504)
MOST_PER_PAGE = 200


class Site:
    """One site, as one user."""

    def __init__(self, login: Login) -> None:
        self.url = login.url
        self.headers = {"Authorization": f"Bearer {login.token}", "User-Agent": "vsr"}
        self._session = requests.Session()
        self._session.headers.update(self.headers)
        # Any request may be repeated: what makes something carries an Idempotency-Key.
        again = Retry(PATIENCE, backoff_factor=0.5, status_forcelist=LATER, allowed_methods=None, raise_on_status=False)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def get(self, path: str, **query: Any) -> Any:
        return self._ask("GET", path, params=query).json()

    def post(self, path: str, body: Row | None = None, key: str | None = None) -> Any:
        """Ask for something; what is made is made once, however often it is asked for with the same key."""
        return self._ask("POST", path, json=body, headers={"Idempotency-Key": key} if key else {}).json()

    def stream(self, url: str, start: int) -> requests.Response:
        """A file from this byte on, for `iter_content`. The answer is 200 if it begins at the beginning after all."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        return self._ask("GET", url, headers=headers | {"Accept-Encoding": "identity"}, stream=True)

    def rows(self, path: str, **query: Any) -> Iterator[Row]:
        """Everything in a list, page by page, the newest first."""
        query["limit"] = MOST_PER_PAGE
        while True:
            page = self.get(path, **query)
            yield from page["items"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    def these(self, path: str, ids: Iterable[str]) -> dict[str, Row]:
        """The rows with these ids, as many as there still are, in few requests."""
        wanted, found = set(ids), dict[str, Row]()
        for row in self.rows(path) if wanted else ():
            if row["id"] in wanted:
                found[row["id"]] = row
            if len(found) == len(wanted):
                break
        return found

    def _ask(self, method: str, path: str, **how: Any) -> requests.Response:
        url = path if path.startswith(("http://", "https://")) else f"{self.url}/api/v1{path}"
        try:
            response = self._session.request(method, url, timeout=TIMEOUT, **how)
        except requests.RequestException as error:
            raise Unreachable(f"{self.url} does not answer; check the address and try again.") from error
        if response.status_code == 401:
            raise SignedOut(sentence(response.content))
        if not response.ok:
            raise Trouble(sentence(response.content))
        if not how.get("stream") and "json" not in response.headers.get("Content-Type", ""):
            raise Unreachable(f"{self.url} is no upscaling site; check the address.")
        return response


def sentence(content: bytes | None) -> str:
    """What the site says went wrong: a problem document, or plain text."""
    try:
        return str(json.loads(content or b"")["detail"])
    except (ValueError, KeyError, TypeError):
        text = (content or b"").decode("utf-8", "replace").strip()
        return text if text and "<" not in text else "The site could not do that; try again later."
