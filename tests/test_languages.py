"""English and Korean: nothing is said in one that is not said in the other, and everybody reads their own."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.core import mail
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from accounts.languages import language_of
from accounts.models import User
from tests.test_sentences import PACKAGES, REFUSALS, ROOT, called
from vsrsite import catalogue, sentences

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%|</?[a-z][^>]*>")
KOREAN = {"HTTP_ACCEPT_LANGUAGE": "ko-KR,ko;q=0.9,en;q=0.8"}
TELLING = {"success", "info", "warning", "error", "message_user", "add_error"}
TEMPLATES = [path for kind in ("html", "txt") for path in sorted((ROOT / "templates").rglob(f"*.{kind}"))]


@pytest.fixture(scope="module")
def translated() -> Catalog:
    return catalogue.translated()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its language to whatever comes next in the thread; here that may be another test."""
    with translation.override("en"):
        yield


@pytest.fixture
def korean(english: None) -> Iterator[None]:
    with translation.override("ko"):
        yield


# The catalogue


def test_the_catalogue_holds_what_code_and_templates_say_and_nothing_else(translated: Catalog) -> None:
    said = {message for message, _place in catalogue.messages()}
    known = {tuple(entry.id) if isinstance(entry.id, (list, tuple)) else entry.id for entry in translated if entry.id}
    firsts = {message[0] for message in said if isinstance(message, tuple)}
    missing, gone = said - known - firsts, known - said
    assert (missing, gone) == (set(), set()), "run `make messages`, then translate what is new"


def test_every_message_is_translated(translated: Catalog) -> None:
    empty = [entry.id for entry in translated if entry.id and not all(catalogue.strings(entry.string))]
    assert empty == []
    assert [entry.id for entry in translated if entry.id and entry.fuzzy] == []


def test_translations_fill_in_what_the_messages_fill_in(translated: Catalog) -> None:
    broken = []
    for entry in translated:
        ids, strings = catalogue.strings(entry.id), catalogue.strings(entry.string)
        wanted = sorted(set(PLACEHOLDER.findall(ids[-1]))) if ids else []
        broken += [entry.id for text in strings if entry.id and sorted(set(PLACEHOLDER.findall(text))) != wanted]
    assert broken == []


def test_no_message_is_one_thing_alone_and_another_with_a_number(translated: Catalog) -> None:
    """gettext would answer the one with the other."""
    said = {message for message, _place in catalogue.messages()}
    assert [message for message in said if isinstance(message, tuple) and message[0] in said] == []


def test_what_is_compiled_is_the_catalogue(translated: Catalog, korean: None) -> None:
    texts = {entry.id: entry.string for entry in translated if isinstance(entry.id, str) and entry.id}
    stale = [text for text, string in texts.items() if translation.gettext(text) != string]
    assert stale == [], "run `make install`"


# What does not go through it


class Bare(HTMLParser):
    """Collects the words that stand in a page as they are."""

    SILENT = {"script", "style", "code"}
    SPOKEN = {"alt", "aria-label", "title", "placeholder"}

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in self.SPOKEN and value and has_words(value)]
        if tag in self.SILENT:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.SILENT and self.inside:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside and has_words(data):
            self.found.append(data.strip())


def has_words(text: str) -> bool:
    return bool(re.search(r"(?<![#\w])[A-Za-z]{2,}", text)) and text.strip() not in {"sha256", "OpenAPI 3.1"}


def bare_words(template: str) -> list[str]:
    """What is left of a template without its tags, whose words are translated."""
    text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", template, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.DOTALL)
    parser = Bare()
    parser.feed(text)
    return parser.found


def test_bare_words_are_seen() -> None:
    assert bare_words('<p>Hello {{ name }}</p><img alt="A picture">{% translate "No" %}') == ["Hello", "A picture"]


def test_no_template_has_words_that_are_not_translated() -> None:
    assert {path.name: found for path in TEMPLATES if (found := bare_words(path.read_text()))} == {}


def untranslated(node: ast.expr) -> bool:
    """A sentence as it is: a literal, filled in or not."""
    if isinstance(node, ast.JoinedStr):
        return has_words("".join(str(part.value) for part in node.values if isinstance(part, ast.Constant)))
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


def refusals() -> Iterator[tuple[Path, ast.Call]]:
    """Where people are told something, outside of what administrators read in a terminal."""
    for path in sorted(path for package in ("accounts", "api", "videos") for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or "management" in path.parts:
                continue
            whose = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            told = whose in {"messages", "self"} and called(node) in TELLING
            if told or REFUSALS.search(called(node)) and called(node) not in {"ImproperlyConfigured", "CommandError"}:
                yield path, node


def test_no_refusal_is_said_in_english_alone() -> None:
    assert len(list(refusals())) > 80
    assert "accounts" in PACKAGES
    bare = [f"{path.name}:{node.lineno}" for path, node in refusals() if any(map(untranslated, node.args))]
    assert bare == []


def test_no_script_speaks_for_itself() -> None:
    """They take their sentences from the page."""
    literal = re.compile(r"([\"`])((?:(?!\1).)*)\1")
    said = {}
    for path in sorted((ROOT / "static/site").glob("*.js")):
        code = re.sub(r"//.*", "", path.read_text())
        said[path.name] = [text for _quote, text in literal.findall(code) if re.match(r"[A-Z][a-z]+[ .:]", text)]
    assert {name: found for name, found in said.items() if found} == {}


# Sentences that were made elsewhere


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("The picture has 12 bits a sample; the result has 10.", "화면은 샘플당 12비트이고, 결과는 10비트예요."),
        (
            "The subtitles track 3 (ass) is not kept; neither MP4 nor Matroska can hold it.",
            "3번 자막 트랙(ass)은 유지되지 않아요. MP4에도 Matroska에도 담을 수 없어요.",
        ),
        (
            "MP4 cannot hold the sound track 1 (dts); choose Matroska (.mkv) to keep everything.",
            "MP4는 1번 사운드 트랙(dts)을 담을 수 없어요. 모두 유지하려면 Matroska(.mkv)를 골라 주세요.",
        ),
        (
            "MP4 cannot hold the uncompressed sound (pcm_s16le)",
            "MP4에는 압축되지 않은 사운드(pcm_s16le) 데이터를 담을 수 없어요",
        ),
        ("nobody ever said this", "nobody ever said this"),
        ("", ""),
    ],
)
def test_what_a_worker_said_is_read_in_ones_own_language(korean: None, sentence: str, told: str) -> None:
    assert sentences.translated(sentence) == told


def test_in_english_it_stays_as_it_is() -> None:
    assert sentences.translated("The picture has 12 bits a sample; the result has 10.").startswith("The picture")


def test_every_sentence_of_duf_is_found_again(korean: None) -> None:
    """Filled in with something, it is not taken for another one."""
    lost = []
    for message, place in catalogue.messages():
        if place.startswith("duf/") and isinstance(message, str):
            told = sentences.translated(sentences.FILLED_IN.sub("7", message))
            if told != sentences.FILLED_IN.sub("7", translation.gettext(message)):
                lost.append(message)
    assert lost == []


# Readers


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("kim@example.org", "a long password")


def test_pages_speak_as_the_browser_asks(client: Client, alice: User) -> None:
    page = client.get("/accounts/login/", **KOREAN)
    assert '<html lang="ko">' in page.text and "로그인" in page.text and "Sign in" not in page.text
    assert '<html lang="en">' in client.get("/accounts/login/", HTTP_ACCEPT_LANGUAGE="fr").text


def test_caches_are_told_what_the_language_hangs_on(client: Client, db: None) -> None:
    vary = client.get("/accounts/login/").headers["Vary"]
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in vary.split(",")}


def test_the_switch_is_remembered_and_leads_back(client: Client, alice: User) -> None:
    answer = client.post("/accounts/language/", {"language": "ko", "next": "/accounts/login/?next=/"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")
    page = client.get("/accounts/login/", HTTP_ACCEPT_LANGUAGE="en")
    assert '<html lang="ko">' in page.text
    assert '<button class="plain" name="language" value="en" lang="en">English</button>' in page.text


def test_it_leads_to_no_other_site(client: Client, db: None) -> None:
    answer = client.post("/accounts/language/", {"language": "ko", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_nobody_reads_a_language_that_there_is_not(client: Client, person: User) -> None:
    client.force_login(person)
    before = User.objects.get(pk=person.pk).language
    client.post("/accounts/language/", {"language": "tlh"})
    assert User.objects.get(pk=person.pk).language == before


def test_a_person_is_written_to_in_the_language_chosen_last(client: Client, person: User) -> None:
    client.force_login(person)
    client.post("/accounts/language/", {"language": "ko"})
    with language_of(User.objects.get(pk=person.pk)):
        assert translation.gettext("Account") == "계정"


def test_the_first_sign_in_settles_the_language_of_mail(client: Client, person: User) -> None:
    client.post("/accounts/login/", {"login": person.email, "password": "a long password"}, **KOREAN)
    assert User.objects.get(pk=person.pk).language == "ko"


def test_an_error_page_speaks_korean_too(client: Client, db: None) -> None:
    page = client.get("/nothing-here/", **KOREAN)
    assert page.status_code == 404 and "찾을 수 없어요" in page.text


def test_times_and_numbers_are_written_as_read(person: User, client: Client) -> None:
    User.objects.filter(pk=person.pk).update(date_joined="2026-03-05T14:07:00Z")
    client.force_login(person)
    assert "5 March 2026" in client.get("/accounts/").text
    assert "2026년 3월 5일" in client.get("/accounts/", **KOREAN).text


def test_mail_from_forms_speaks_as_its_page(settings: Settings, client: Client, person: User) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    client.post("/accounts/password/reset/", {"email": person.email}, **KOREAN)
    assert re.search("[가-힣]", mail.outbox[0].subject + mail.outbox[0].body)
