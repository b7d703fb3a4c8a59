"""Tokens: what they open, for whom, and that they stop at once."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from tusclient.client import TusClient
from tusclient.exceptions import TusUploadFailed

from accounts.models import User
from api import tokens
from api.models import Token
from tests.api.conftest import Program, TokenMaker
from tests.videos.test_uploads import BYTES, TUS
from videos import uploads
from videos.models import Upscale, Video

OPERATIONS = [
    ("read", "get", "/videos"),
    ("read", "get", "/videos/{video}"),
    ("read", "get", "/videos/{video}/original"),
    ("read", "get", "/upscales"),
    ("read", "get", "/upscales/{upscale}"),
    ("read", "get", "/upscales/{upscale}/download"),
    ("read", "get", "/models"),
    ("read", "get", "/account"),
    ("convert", "post", "/upscales/{upscale}/cancel"),
    ("convert", "post", "/upscales/{upscale}/retry"),
    ("delete", "delete", "/upscales/{upscale}"),
    ("delete", "delete", "/videos/{video}"),
]


@pytest.mark.parametrize("scope, method, path", OPERATIONS)
def test_every_operation_needs_a_token_with_its_scope(
    alice: User, done: Upscale, token_of: TokenMaker, scope: str, method: str, path: str
) -> None:
    path = path.format(video=done.video_id, upscale=done.pk)
    unsigned = Client().generic(method.upper(), f"/api/v1{path}")
    assert (unsigned.status_code, unsigned["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    others = {"read", "upload", "convert", "delete"} - {scope}
    lacking = Program(token_of(alice, *others)).ask(method, path)
    assert lacking.status_code == 403 and f"“{scope}”" in lacking.json()["detail"]
    assert Program(token_of(alice, scope)).ask(method, path).status_code in {200, 204, 409}


def test_a_conversion_needs_its_scope(alice: User, video: Video, token_of: TokenMaker) -> None:
    wanted = {"video": str(video.pk)}
    assert Program(token_of(alice, "read")).ask("post", "/upscales", wanted).status_code == 403
    assert Program(token_of(alice, "convert")).ask("post", "/upscales", wanted).status_code == 201


def test_the_secret_is_not_kept(alice: User, token_of: TokenMaker) -> None:
    secret = token_of(alice).rpartition("_")[2]
    assert secret not in str(list(Token.objects.values_list()))


@pytest.mark.parametrize("spoil", [str.upper, lambda t: t[:-1], lambda t: t + "0", lambda t: t.replace("vsr", "xyz")])
def test_a_token_that_is_not_quite_right_opens_nothing(alice: User, token_of: TokenMaker, spoil: object) -> None:
    assert Program(spoil(token_of(alice))).get("/models").status_code == 401  # type: ignore[operator]


@pytest.mark.parametrize("shown", ["", "vsr", "vsr__", "vsr_a_", "\udcff_\udcff_\udcff", "vsr_\x00_x", "é_é_é"])
def test_nonsense_is_no_token(db: None, shown: str) -> None:
    assert tokens.find(shown) is None


def test_a_session_of_the_pages_is_no_token(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/api/v1/models").status_code == 401


def test_a_token_opens_no_page(alice: User, video: Video, token_of: TokenMaker) -> None:
    headers = {"Authorization": f"Bearer {token_of(alice)}"}
    assert Client().get("/accounts/", headers=headers).status_code == 302
    assert Client().post(f"/videos/{video.pk}/delete/", headers=headers).status_code == 302
    assert Video.objects.exists()


def test_an_expired_token_opens_nothing(alice: User, token_of: TokenMaker) -> None:
    program = Program(token_of(alice))
    Token.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert program.get("/models").status_code == 401


def test_a_revoked_token_opens_nothing(program: Program) -> None:
    assert program.get("/models").status_code == 200
    Token.objects.all().delete()
    assert program.get("/models").status_code == 401


def test_a_blocked_person_s_tokens_open_nothing(program: Program, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert program.get("/models").status_code == 401


def test_the_last_use_is_remembered_once_a_minute(program: Program) -> None:
    program.get("/models")
    first = Token.objects.get().used
    assert first is not None
    program.get("/models")
    assert Token.objects.get().used == first
    Token.objects.update(used=first - timedelta(minutes=2))
    program.get("/models")
    assert Token.objects.get().used > first - timedelta(minutes=1)


def test_the_rate_is_told_and_what_exceeds_it_waits(program: Program, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    first = program.get("/models")
    assert first["RateLimit-Policy"] == '"token";q=2;w=60'
    assert first["RateLimit"].startswith('"token";r=1;t=')
    program.get("/models")
    third = program.get("/models")
    assert third.status_code == 429 and 0 < int(third["Retry-After"]) <= 60
    assert third["RateLimit"].startswith('"token";r=0;t=')
    assert "2 requests within a minute" in third.json()["detail"]


def test_the_next_minute_starts_from_nothing(
    program: Program, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    minute = time.time() // 60 * 60
    monkeypatch.setattr("time.time", lambda: minute + 59)
    assert [program.get("/models").status_code for _ in range(2)] == [200, 429]
    monkeypatch.setattr("time.time", lambda: minute + 61)
    assert program.get("/models").status_code == 200


def test_one_token_does_not_use_up_the_rate_of_another(
    program: Program, alice: User, token_of: TokenMaker, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    program.get("/models")
    assert program.get("/models").status_code == 429
    assert Program(token_of(alice)).get("/models").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_tuspy_uploads_with_a_token_alone(
    alice: User, token_of: TokenMaker, live_server: LiveServer, tmp_path: Path
) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(b"0123456789")
    headers = {"Authorization": f"Bearer {token_of(alice, 'upload')}"}
    client = TusClient(f"{live_server.url}/uploads/", headers=headers)
    with file.open("rb") as stream:
        client.uploader(file_stream=stream, chunk_size=4, metadata={"filename": "film.mp4"}).upload()
    video = Video.objects.get()
    assert (video.owner, video.state, video.source.read_bytes()) == (alice, "checking", b"0123456789")


@pytest.mark.django_db(transaction=True)
def test_a_token_revoked_between_two_pieces_ends_the_upload(
    alice: User, token_of: TokenMaker, live_server: LiveServer, tmp_path: Path
) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(b"0123456789")
    headers = {"Authorization": f"Bearer {token_of(alice, 'upload')}"}
    client = TusClient(f"{live_server.url}/uploads/", headers=headers)
    with file.open("rb") as stream:
        uploader = client.uploader(file_stream=stream, chunk_size=4)
        uploader.upload_chunk()
        Token.objects.all().delete()
        with pytest.raises(TusUploadFailed) as failed:
            uploader.upload_chunk()
    assert failed.value.status_code == 401
    assert Video.objects.get().offset == 4


def test_a_token_revoked_while_bytes_come_ends_the_upload(
    alice: User, token_of: TokenMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videos.uploads.PIECE", 4)
    monkeypatch.setattr("videos.uploads._write", revoking(uploads._write))
    headers = TUS | {"Authorization": f"Bearer {token_of(alice, 'upload')}", "Upload-Length": "10"}
    program = Client(enforce_csrf_checks=True)
    url = program.post("/uploads/", headers=headers)["Location"]
    answer = program.patch(url, b"0123456789", content_type=BYTES, headers=headers | {"Upload-Offset": "0"})
    assert answer.status_code == 401 and "taken away" in answer.content.decode()
    assert Video.objects.get().source.read_bytes() == b"0123"


def revoking(original: Callable[..., None]) -> Callable[..., None]:
    """The same function, after which all tokens are gone."""

    def write(*args: object) -> None:
        original(*args)
        Token.objects.all().delete()

    return write


@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Basic YTpi"])
def test_a_wrong_token_signs_out_even_where_there_is_a_session(client: Client, alice: User, authorization: str) -> None:
    client.force_login(alice)
    headers = TUS | {"Upload-Length": "10", "Authorization": authorization}
    assert client.post("/uploads/", headers=headers).status_code == 401


def test_an_upload_needs_its_scope(alice: User, token_of: TokenMaker) -> None:
    headers = TUS | {"Upload-Length": "10", "Authorization": f"Bearer {token_of(alice, 'read')}"}
    assert Client().post("/uploads/", headers=headers).status_code == 403
    assert not Video.objects.exists()


def test_a_new_password_ends_all_ones_tokens_and_says_so(
    client: Client, alice: User, bob: User, token_of: TokenMaker
) -> None:
    hers, his = Program(token_of(alice)), Program(token_of(bob))
    client.login(username=alice.email, password="alice's password")
    assert "tokens of your programs end" in client.get("/accounts/password/change/").content.decode()
    form = {"oldpassword": "alice's password", "password1": "quite another 1", "password2": "quite another 1"}
    answer = client.post("/accounts/password/change/", form, follow=True)
    assert "1 access token ended with the old password" in answer.content.decode()
    assert hers.get("/models").status_code == 401 and his.get("/models").status_code == 200
