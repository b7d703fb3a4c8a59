"""The site's API."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from time import sleep
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from vsr.login import Login
from vsr.troubles import SignedOut, Trouble, Unreachable

Row = dict[str, Any]

TIMEOUT = 60  # seconds without a byte
PATIENCE = 5  # repetitions of a request, ever later, about 15 seconds in all
LATER = (502, 503, 504)
SOON = 5  # seconds; whoever waits longer is told why
MOST_PER_PAGE = 200


class Site:
    """One site, as one user. `say` shows the person a line."""

    def __init__(self, login: Login, say: Callable[[str], None]) -> None:
        self.url = login.url
        self._say = say
        self.headers = {"Authorization": f"Bearer {login.token}", "User-Agent": "vsr"}
        self._session = requests.Session()
        self._session.headers.update(self.headers)
        # Any request may be repeated: a conversion is asked for under a key, and an upload begun twice is given up.
        again = Retry(PATIENCE, backoff_factor=0.5, status_forcelist=LATER, allowed_methods=None, raise_on_status=False)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def get(self, path: str, **query: Any) -> Any:
        return self._json(self._ask("GET", path, params=query))

    def post(self, path: str, body: Row | None = None, key: str | None = None) -> Any:
        """Ask for something; what is made is made once, however often it is asked for with the same key."""
        return self._json(self._ask("POST", path, json=body, headers={"Idempotency-Key": key} if key else {}))

    def announce(self, name: str, size: int) -> str:
        """Begin the upload of a file; the address that its bytes go to."""
        metadata = f"filename {base64.b64encode(name.encode('utf-8', 'replace')).decode()}"
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(size), "Upload-Metadata": metadata}
        return urljoin(self.url, self._ask("POST", f"{self.url}/uploads/", headers=headers).headers["Location"])

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
        """The answer, if it is a good one. Who asks too often waits and asks again."""
        url = f"{self.url}/api/v1{path}" if path.startswith("/") else path
        while (response := self._send(method, url, **how)).status_code == 429:
            self._wait(response)
        if response.status_code == 401:
            where = f"{self.url}/accounts/tokens/"
            raise SignedOut(f"The site does not take this token; make one at {where} and run `vsr login {self.url}`.")
        if not response.ok:
            raise Trouble(sentence(response.content))
        return response

    def _send(self, method: str, url: str, **how: Any) -> requests.Response:
        try:
            return self._session.request(method, url, timeout=TIMEOUT, **how)
        except requests.RequestException as error:
            raise Unreachable(f"{self.url} does not answer; check the address and try again.") from error

    def _wait(self, response: requests.Response) -> None:
        told = response.headers.get("Retry-After", "")
        seconds = int(told) if told.isdecimal() else SOON
        if seconds > SOON:
            self._say(f"{sentence(response.content)} This goes on by itself.")
        sleep(seconds)

    def _json(self, response: requests.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise Unreachable(f"{self.url} is no upscaling site; check the address.") from error


def sentence(content: bytes | None) -> str:
    """What the site says went wrong: a problem document, or plain text."""
    try:
        return str(json.loads(content or b"")["detail"])
    except (ValueError, KeyError, TypeError):
        text = (content or b"").decode("utf-8", "replace").strip()
        return text if text and "<" not in text else "The site could not do that; try again later."
