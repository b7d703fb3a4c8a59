"""A server on this machine that answers as Pixabay's documentation of the video search says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "right-key"


class Server(ThreadingHTTPServer):
    """What it holds and what was asked of it. `remaining`: requests left in the window, None: plenty."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.videos: list[dict[str, Any]] = []
        self.file = b""
        self.remaining: int | None = None
        self.cut_at: int | None = None  # bytes after which a download breaks off
        self.searches: list[dict[str, str]] = []
        self.ranges: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def add(self, number: int, duration: int, keyword: str = "walking") -> None:
        def version(width: int, height: int, url: str = "") -> dict[str, Any]:
            return {"url": url, "width": width, "height": height, "size": len(self.file), "thumbnail": ""}

        files = {
            "large": version(0, 0),
            "medium": version(1920, 1080, f"{self.address}/video/{number}_medium.mp4"),
            "small": version(1280, 720, f"{self.address}/video/{number}_small.mp4"),
            "tiny": version(640, 360, f"{self.address}/video/{number}_tiny.mp4"),
        }
        self.videos.append(
            {
                "id": number,
                "pageURL": f"https://pixabay.com/videos/id-{number}/",
                "type": "film",
                "tags": f"{keyword}, street",
                "duration": duration,
                "videos": files,
                "views": 4462,
                "downloads": 1464,
                "likes": 18,
                "comments": 0,
                "user_id": 1281706,
                "user": "Coverr-Free-Footage",
                "userImageURL": "",
            }
        )


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/api/videos/":
            self.search({name: values[0] for name, values in parse_qs(address.query).items()})
        else:
            self.download()

    def search(self, query: dict[str, str]) -> None:
        self.server.searches.append(query)
        page, size = int(query.get("page", 1)), int(query.get("per_page", 20))
        if query.get("key") != KEY:
            return self.reply(
                400, b"[ERROR 400] Invalid or missing API key (https://pixabay.com/api/docs/#api_search)."
            )
        if self.server.remaining == 0:
            self.server.remaining = 100  # the window ends while the other side waits
            return self.reply(429, b"[ERROR 429] API rate limit exceeded", {"X-RateLimit-Reset": "17"})
        found = [video for video in self.server.videos if query["q"] in video["tags"]]
        if (page - 1) * size >= max(1, len(found)):
            return self.reply(400, b'[ERROR 400] "page" is out of valid range.')
        limits = {}
        if self.server.remaining is not None:
            self.server.remaining -= 1
            limits = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": str(self.server.remaining)}
        hits = found[(page - 1) * size : page * size]
        body = json.dumps({"total": len(found), "totalHits": len(found), "hits": hits}).encode()
        return self.reply(200, body, {**limits, "X-RateLimit-Reset": "23", "Content-Type": "application/json"})

    def download(self) -> None:
        wanted = self.headers.get("Range", "bytes=0-")
        self.server.ranges.append(f"{self.path} {wanted}")
        body = self.server.file[int(wanted[len("bytes=") : -1]) :]
        self.send_response(206)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.cut_at])

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
