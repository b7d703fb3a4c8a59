"""The API's description: OpenAPI 3.1, with the scope of each operation and its errors."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from api import problems

REFERENCE = {"$ref": "#/components/schemas/Problem"}
PROBLEM = {"description": "A problem.", "content": {problems.CONTENT_TYPE: {"schema": REFERENCE}}}


class Description(OpenAPISchema):
    """ninja's, and what it does not know."""

    def responses(self, operation: Operation) -> dict[Any, Any]:
        return {**super().responses(operation), "default": PROBLEM}

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        super().operation_security(operation)
        return [{type(auth).__name__: [auth.scope.value]} for auth in operation.auth_callbacks]  # type: ignore[attr-defined]

    def get_components(self) -> dict[str, Any]:
        components = super().get_components()
        components["schemas"]["Problem"] = problems.SCHEMA
        return components


class DescribedAPI(NinjaAPI):
    """An API that is described so."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> Description:
        return Description(self, path_prefix or self.get_root_path(path_params or {}))
