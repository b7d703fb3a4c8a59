"""The first administrator, who uses the site as a browser would but without one."""

import time
from pathlib import Path

import requests

EMAIL = "admin@example.org"
PASSWORD = "one long sentence of mine"


class Person(requests.Session):
    """Somebody with a browser."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def wait_for_site(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._answered():
            assert time.monotonic() < end, f"{self.url} does not answer"
            time.sleep(1)

    def _answered(self) -> bool:
        try:
            return self.get(f"{self.url}/accounts/login/", timeout=10).ok
        except requests.RequestException:
            return False

    def sign_in(self) -> None:
        self.get(f"{self.url}/accounts/login/")
        answer = self.send_form("/accounts/login/", login=EMAIL, password=PASSWORD)
        assert "logout" in answer.text

    def send_form(self, path: str, **fields: str) -> requests.Response:
        token = self.cookies["csrftoken"]
        answer = self.post(
            self.url + path,
            data={**fields, "csrfmiddlewaretoken": token},
            headers={"Referer": self.url, "Origin": self.url},
        )
        answer.raise_for_status()
        return answer

    def upload(self, file: Path) -> str:
        """By tus, as the page does it; the path of the video's page."""
        size = str(file.stat().st_size)
        protocol = {"Tus-Resumable": "1.0.0", "X-CSRFToken": self.cookies["csrftoken"], "Referer": self.url}
        created = self.post(f"{self.url}/uploads/", headers={**protocol, "Upload-Length": size})
        assert created.status_code == 201, created.text
        bytes_of = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        sent = self.patch(self.url + created.headers["Location"], data=file.read_bytes(), headers=protocol | bytes_of)
        assert sent.headers["Upload-Offset"] == size, sent.text
        return created.headers["Location"].replace("/uploads/", "/videos/")

    def page_with(self, path: str, text: str, seconds: float) -> str:
        """The page, once it says this."""
        end = time.monotonic() + seconds
        while text not in (page := self.get(self.url + path).text):
            assert time.monotonic() < end, f"{path} does not say {text!r}:\n{page}"
            time.sleep(1)
        return page
