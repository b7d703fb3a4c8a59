"""DATABASE_URL and REDIS_URL: what they become, and what a wrong one gets."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from vsrsite import databases


def test_without_an_address_everything_is_in_files() -> None:
    assert databases.database("", "")["ENGINE"].endswith("sqlite3")
    assert databases.cache("")["BACKEND"].endswith("FileBasedCache")
    assert databases.broker("") == {"orm": "default"}


def test_postgresql_is_spoken_to_through_connections_that_are_kept_and_checked() -> None:
    found = databases.database("postgresql://me:p%40ss@db.example.org:5433/site?sslmode=require", "")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.org", 5433, "site")
    assert (found["USER"], found["PASSWORD"]) == ("me", "p@ss")
    assert found["CONN_HEALTH_CHECKS"] and found["CONN_MAX_AGE"]
    assert found["OPTIONS"]["sslmode"] == "require" and found["OPTIONS"]["connect_timeout"]


def test_the_password_may_come_alone() -> None:
    assert databases.database("postgresql://me@db/site", "p@ss/word")["PASSWORD"] == "p@ss/word"


@pytest.mark.parametrize(
    "url",
    ["db.example.org", "mysql://me:secrets@db/site", "postgresql://me:secrets@db", "postgresql://a:secrets@b:c/d"],
)
def test_a_wrong_database_is_refused_in_a_sentence_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL .* correct it") as refused:
        databases.database(url, "")
    assert "secrets" not in str(refused.value)


def test_a_password_that_is_guessed_first_is_refused() -> None:
    for url, password in (("postgresql://me:Postgres@db/site", ""), ("postgresql://me@db/site", "change-me")):
        with pytest.raises(ImproperlyConfigured, match="choose another"):
            databases.database(url, password)


def test_redis_holds_the_cache_and_the_calls() -> None:
    url = "rediss://:word@cache.example.org:6380/2"
    assert databases.cache(url)["LOCATION"].startswith(url + "?") and "timeout" in databases.broker(url)["redis"]
    assert databases.broker(f"{url}?a=b")["redis"].startswith(f"{url}?a=b&")


@pytest.mark.parametrize("url", ["cache.example.org:6379", "http://cache/0", "redis://host:port/0"])
def test_a_wrong_redis_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_URL .* correct it"):
        databases.cache(url)
