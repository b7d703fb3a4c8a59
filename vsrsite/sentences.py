"""Sentences that were made where nobody knew the reader, in the language of whoever reads them now.

Workers keep reasons and notes in rows, in English, and `duf` knows no other language. The catalogue knows what these
sentences look like; what was filled in is found again by comparing, and filled into the translation.
"""

import re
from functools import lru_cache

from django.utils.translation import get_language, gettext, gettext_noop

from vsrsite import catalogue

FILLED_IN = re.compile(r"\{(\w+)\}|%\((\w+)\)[sd]")
NESTED = {"kind", "loss", "reason", "repaired", "resized", "differences", "why"}  # are sentences or words of ours, too
KINDS = (gettext_noop("audio"), gettext_noop("subtitle"), gettext_noop("attachment"), gettext_noop("video"))
NAMES = (gettext_noop("sound"), gettext_noop("uncompressed sound"), gettext_noop("subtitles"))

FEWEST = 6  # characters of its own, without which a sentence could be any other

Template = tuple[re.Pattern[str], str]  # the sentence in English, and the translation


def translated(sentence: str) -> str:
    """In the language that is spoken now; unchanged where the catalogue does not know it."""
    language = get_language() or "en"
    return sentence if language == "en" or not sentence else _translated(language, str(sentence))


@lru_cache(maxsize=4096)
def _translated(language: str, sentence: str) -> str:
    known = gettext(sentence)
    if known != sentence:
        return known
    found = ((pattern.fullmatch(sentence), translation) for pattern, translation in _templates())
    return next((_filled(translation, match.groupdict()) for match, translation in found if match), sentence)


def _filled(translation: str, values: dict[str, str]) -> str:
    told = {name: translated(value) if name in NESTED else value for name, value in values.items()}
    return FILLED_IN.sub(lambda place: told[place[1] or place[2]], translation)


@lru_cache
def _templates() -> list[Template]:
    """All that have something filled in; those that say the most themselves come first."""
    messages = [message for message in catalogue.translated() if message.id]
    pairs = {
        form: catalogue.strings(message.string)[-1] for message in messages for form in catalogue.strings(message.id)
    }
    filled_in = [english for english in pairs if FILLED_IN.search(english) and _own_words(english) >= FEWEST]
    return [(_pattern(english), pairs[english]) for english in sorted(filled_in, key=_own_words, reverse=True)]


def _own_words(english: str) -> int:
    """How many characters of it are not filled in."""
    return len(FILLED_IN.sub("", english))


def _pattern(english: str) -> re.Pattern[str]:
    parts, names, at = [], set(), 0
    for place in FILLED_IN.finditer(english):
        name = place[1] or place[2]
        parts += [re.escape(english[at : place.start()]), f"(?P={name})" if name in names else f"(?P<{name}>.+?)"]
        names.add(name)
        at = place.end()
    return re.compile("".join([*parts, re.escape(english[at:])]), re.DOTALL)
