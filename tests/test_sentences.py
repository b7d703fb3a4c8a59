"""Whatever goes wrong, its sentence also says what to do."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("duf", "videos", "accounts", "api", "vsr", "vsrsite")
REFUSALS = re.compile(r"(?<!Value)(?<!Type)Error$|Refused$|Refusal$|Problem$|TooMany$|ImproperlyConfigured$")
WAY_OUT = re.compile(
    r"\b(add|ask|change|check|choose|compare|convert|copy|correct|cut|delete|export|fetch|free|give|go on|import|"
    r"install|leave|lower|make|move|name|open|pass|pick|put|raise|remove|rename|repair|replace|restore|revoke|run|say|"
    r"send|set|shorten|sign|start|stop|take|tell|train|try|turn|unset|update|upload|use|wait|write)\b",
    re.IGNORECASE,
)


def sentences() -> Iterator[tuple[str, str]]:
    """Where an error is made and its text, with … for what is filled in; without those that carry a hint besides."""
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and REFUSALS.search(called(node)) and not hinted(node):
                for text in filter(None, map(words, node.args)):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def hinted(node: ast.Call) -> bool:
    return any(keyword.arg == "hint" for keyword in node.keywords)


def words(node: ast.expr) -> str:
    """The text of a literal, translated and filled in or not; nothing for one that is all filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Call) and called(node) in {"_", "gettext"}:
        return words(node.args[0])
    if isinstance(node, ast.Call) and called(node) == "format" and isinstance(node.func, ast.Attribute):
        return words(node.func.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return filled(words(node.left))
    if isinstance(node, ast.JoinedStr):
        text = "".join(words(part) if isinstance(part, ast.Constant) else "…" for part in node.values)
        return filled(text)
    return ""


def filled(text: str) -> str:
    """Nothing for a text that consists of little but what is filled in."""
    return text if len(re.findall(r"[a-z]{2,}", re.sub(r"%\(\w+\)", "", text))) > 4 else ""


def test_there_are_sentences_to_look_at() -> None:
    assert len(list(sentences())) > 100


def test_every_refusal_names_a_way_out() -> None:
    assert [f"{place}: {text}" for place, text in sentences() if not WAY_OUT.search(text)] == []
