"""The catalogue of what the site says: collected from code and templates, translated by people, compiled at install.

`python -m vsrsite.catalogue update` brings locale/ko/LC_MESSAGES/django.po up to date, and says how much there is to
translate; `python -m vsrsite.catalogue compile` writes what Django reads.

`duf` knows no translation: its sentences are plain strings, found here by their look, and translated where they are
shown (`vsrsite.sentences`).
"""

import ast
import os
import re
import secrets
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from vsrsite import names
from vsrsite.paths import BASE_DIR

FILE = BASE_DIR / "locale/ko/LC_MESSAGES/django.po"

PACKAGES = ("accounts", "api", "videos", "vsrsite")
FUNCTIONS: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("_", "_lazy", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
}

# Of `duf`, what people see who have the command line, and its own exceptions.
UNSEEN = re.compile(
    r"duf/(bench|commands|judging|material|native|training)/|duf/(__main__|importing|markdown|networks)\b"
)

Message = str | tuple[str, ...]


def messages() -> Iterator[tuple[Message, str]]:
    """Everything there is to translate, and the file it is in."""
    for path in _files("*.py", *PACKAGES):
        yield from ((message, _name(path)) for message in _extracted(path.read_bytes()))
    for path in [*_files("*.html", "templates"), *_files("*.txt", "templates")]:
        yield from ((message, _name(path)) for message in _extracted(_as_code(path.read_text())))
    for path in _files("*.py", "duf"):
        if not UNSEEN.match(_name(path)):
            yield from ((sentence, _name(path)) for sentence in sentences(path.read_text()))
    yield from ((name, f"{module.replace('.', '/')}.py") for name, module in names.names())
    yield from ((text, "api/operations.py") for text in _described())


def _described() -> list[str]:
    """What the API says of itself. It knows this module, and is asked only when all of it is there."""
    from api import reference
    from api.v1 import api

    return sorted(reference.texts(api.get_openapi_schema()))


def collected() -> Catalog:
    """The catalogue with nothing translated."""
    catalog = Catalog(locale="ko")
    for message, place in messages():
        catalog.add(message, locations=[(place, 0)])
    return catalog


def translated() -> Catalog:
    """The catalogue as it was last written."""
    with FILE.open("rb") as file:
        return read_po(file, locale="ko")


def update() -> int:
    """Take in what is new, drop what is gone; how many messages wait for a translation."""
    catalog = translated()
    since = catalog.creation_date
    catalog.update(collected(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date, catalog.fuzzy = since, False
    with FILE.open("wb") as file:
        write_po(file, catalog, width=120, include_lineno=False, sort_by_file=True)
    return sum(not any(strings(message.string)) for message in catalog if message.id)


def compile_() -> None:
    """Write what Django reads."""
    with FILE.with_suffix(".mo").open("wb") as file:
        write_mo(file, translated())


def sentences(source: str) -> Iterator[str]:
    """What a module of `duf` says to people, with names where something is filled in."""
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    inside |= {id(statement.value) for statement in ast.walk(tree) if isinstance(statement, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if id(node) not in inside and _is_sentence(text := _text(node)):
            yield text


def _is_sentence(text: str) -> bool:
    """It ends as one; or it begins as one, to be put together, or is a title."""
    words = len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", text)))
    begins = bool(re.match(r"[A-Z{]", text)) and "\n" not in text
    if " " not in text:
        return False
    return words > 2 and (text.endswith(".") or begins) or words == 2 and begins and "(" in text


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts: list[str] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            name = _placeholder(part.value)
            while f"{{{name}}}" in parts:
                name += "_"
            parts.append(f"{{{name}}}")
        else:
            parts.append(_text(part))
    return "".join(parts)


def _placeholder(value: ast.expr) -> str:
    """The last name in an expression."""
    code = re.sub(r"' \w+ '|\bor\b", "", ast.unparse(value))
    names: list[str] = re.findall(r"[a-z_]{2,}", code)
    return names[-1].strip("_") if names else "value"


def _as_code(template: str) -> bytes:
    """A template's messages as calls of functions, each line flush left, for the indentation means nothing."""
    lines = templatize(template).splitlines()
    return "\n".join(line.strip() for line in lines).encode()


def _extracted(code: bytes) -> Iterator[Message]:
    for _line, message, _comments, _context in extract("python", BytesIO(code), FUNCTIONS):
        yield message if isinstance(message, str) else tuple(message)


def strings(string: str | Iterable[str] | None) -> tuple[str, ...]:
    """The forms of a message, or of its translation."""
    return (string,) if isinstance(string, str) else tuple(string or ())


def _files(pattern: str, *folders: str) -> list[Path]:
    found = (path for folder in folders for path in (BASE_DIR / folder).rglob(pattern))
    return sorted(path for path in found if "migrations" not in path.parts)


def _name(path: Path) -> str:
    return path.relative_to(BASE_DIR).as_posix()


if __name__ == "__main__":
    if sys.argv[1:] == ["compile"]:
        compile_()
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vsrsite.settings")
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))  # it signs nothing here
        django.setup()
        print(f"{update()} messages wait for a translation in {_name(FILE)}.")
