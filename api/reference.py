"""The API's own description, arranged for a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
    """The operations by the kind of thing they are about."""
    found: dict[str, list[Operation]] = {}
    for path, methods in description["paths"].items():
        for method, details in methods.items():
            found.setdefault(details["tags"][0], []).append(_operation(description, method, path, details))
    return found


def _operation(description: Schema, method: str, path: str, details: Schema) -> Operation:
    sent = details.get("requestBody", {})
    success = next(answer for status, answer in details["responses"].items() if str(status).startswith("2"))
    return Operation(
        method=method.upper(),
        path=path,
        id=details["operationId"],
        summary=details["summary"],
        text=details.get("description", ""),
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
    return Field(name, _kind(schema), schema.get("description", ""), required)


def _kind(schema: Schema) -> str:
    """The type in a few words."""
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return str(schema.get("format") or schema.get("type", "any"))
