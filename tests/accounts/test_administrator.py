"""A site without anybody: who may become its administrator, and who may not."""

import pytest
from django.test import Client

from accounts import administrator
from accounts.models import Event, User
from videos import limits

BEGINNING = "/accounts/beginning/"
PASSWORD = "one long sentence of mine"


def form(**fields: str) -> dict[str, str]:
    return {"code": administrator.code(), "email": "Me@example.org", "password": PASSWORD, "again": PASSWORD, **fields}


def test_whoever_opens_a_site_without_anybody_is_led_to_make_the_administrator(client: Client, db: None) -> None:
    page = client.get("/", follow=True)
    assert page.redirect_chain[-1][0] == BEGINNING
    assert "docker compose logs migrate" in page.content.decode()


def test_the_code_of_the_log_makes_an_administrator_who_is_signed_in(client: Client, db: None) -> None:
    assert client.post(BEGINNING, form())["Location"] == "/"
    made = User.objects.get()
    assert (made.email, made.is_superuser, made.check_password(PASSWORD)) == ("me@example.org", True, True)
    assert "Try it with this short clip" in client.get("/").content.decode()
    assert client.get("/admin/").status_code == 200
    assert Event.objects.filter(what=Event.What.SIGNED_UP, name=made.email).exists()


def test_the_code_is_read_as_people_type_it(client: Client, db: None) -> None:
    client.post(BEGINNING, form(code=f" {administrator.code().lower().replace('-', ' ')}"))
    assert administrator.exists()


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"code": "AAAA-BBBB-CCCC-DDDD"}, "copy it from the log"),
        ({"code": ""}, "required"),
        ({"password": "password", "again": "password"}, "too common"),
        ({"again": "another sentence of mine"}, "The two passwords differ"),
    ],
)
def test_what_is_wrong_makes_nobody_and_says_why(client: Client, db: None, wrong: dict[str, str], word: str) -> None:
    answer = client.post(BEGINNING, form(**wrong))
    assert answer.status_code == 422 and word in answer.content.decode()
    assert not User.objects.exists()


def test_the_code_cannot_be_guessed_at_will(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CODES", 2)
    answers = [client.post(BEGINNING, form(code="wrong")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert client.post(BEGINNING, form()).status_code == 429


def test_a_stranger_who_signs_up_first_neither_gets_nor_hides_the_place(client: Client, alice: User) -> None:
    assert client.get("/accounts/login/").status_code == 200
    assert client.post(BEGINNING, form(email=alice.email)).status_code == 422
    client.post(BEGINNING, form())
    alice.refresh_from_db()
    assert not alice.is_superuser and administrator.exists()


def test_the_code_opens_nothing_once_there_is_an_administrator(client: Client, admin: User) -> None:
    assert client.get(BEGINNING)["Location"] == "/"
    client.post(BEGINNING, form())
    assert User.objects.get() == admin
    assert administrator.make("late@example.org", PASSWORD) is None
