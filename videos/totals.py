"""Totals of related rows, as columns of a query: several come at once, and however many rows there are none is read."""

from typing import Any

from django.db.models import Aggregate, QuerySet, Subquery
from django.db.models.functions import Coalesce


def total(rows: QuerySet[Any], by: str, figure: Aggregate) -> Coalesce:
    """The figure of those rows that one row of the outer query selects; 0 of none. `by`: whose they are."""
    grouped = rows.order_by().values(by).annotate(total=figure)
    return Coalesce(Subquery(grouped.values("total")), 0)
