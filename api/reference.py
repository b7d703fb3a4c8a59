"""The API's own description, arranged for a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

Schema = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A parameter, or a member of what is sent or answered."""

    name: str
    kind: str
    text: str
    required: bool = False


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    id: str
    summary: str
    text: str
    scope: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]


def groups(description: Schema) -> dict[str, list[Operation]]:
    """The operations by the kind of thing they are about, in the language of the reader; the description has one."""
    found: dict[str, list[Operation]] = {}
    for path, methods in description["paths"].items():
        for method, details in methods.items():
            found.setdefault(told(details["tags"][0]), []).append(_operation(description, method, path, details))
    return found


def about(description: Schema) -> str:
    """What the API is for."""
    return told(description["info"]["description"])


def texts(description: Schema) -> set[str]:
    """All that is said so, in English."""
    with override("en"):
        found = {about(description)}
        for group, operations in groups(description).items():
            found |= {group, *(text for each in operations for text in (each.summary, each.text))}
            fields = (field for each in operations for field in (*each.parameters, *each.body, *each.answer))
            found |= {field.text for field in fields}
    return found - {""}


def told(text: str) -> str:
    """In the language of the reader; gettext says something about itself where there is nothing."""
    return _(text) if text else ""


def _operation(description: Schema, method: str, path: str, details: Schema) -> Operation:
    sent = details.get("requestBody", {})
    success = next(answer for status, answer in details["responses"].items() if str(status).startswith("2"))
    return Operation(
        method=method.upper(),
        path=path,
        id=details["operationId"],
        summary=told(details["summary"]),
        text=told(details.get("description", "")),
        scope=next(iter(details["security"][0].values()))[0],
        parameters=[_field(each["name"], each["schema"], each["required"]) for each in details["parameters"]],
        body=list(_members(description, sent)),
        answer=list(_members(description, success)),
    )


def _members(description: Schema, content: Schema) -> Iterator[Field]:
    """The members of a JSON object, or of those in a list."""
    schema = content.get("content", {}).get("application/json", {}).get("schema", {})
    if schema.get("type") == "array":
        schema = schema["items"]
    schema = _resolved(description, schema)
    for name, member in schema.get("properties", {}).items():
        yield _field(name, member, name in schema.get("required", []))


def _resolved(description: Schema, schema: Schema) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    return description["components"]["schemas"][name] if name else schema


def _field(name: str, schema: Schema, required: bool) -> Field:
    return Field(name, _kind(schema), told(schema.get("description", "")), required)


def _kind(schema: Schema) -> str:
    """The type in a few words."""
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return f" {_('or')} ".join(_kind(choice) for choice in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if schema.get("type") == "array":
        return _("list of {kind}").format(kind=_kind(schema["items"]))
    return str(schema.get("format") or schema.get("type", "any"))
