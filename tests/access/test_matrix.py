"""Everybody gets at every address what the table says, and no address is missing in it."""

from itertools import product

import pytest

from tests.access.asking import Ask, word
from tests.access.table import ADDRESSES, ADMIN, ASKED, PEOPLE, rows, spelled


def test_every_address_has_a_row_for_everybody() -> None:
    outside = [address for address in ADDRESSES if address not in ADMIN]
    missing = [what for what in product(outside, PEOPLE) if what[1] not in rows().get(what[0], {})]
    assert not missing, "new addresses need rows in TABLE"
    assert set(rows()) <= set(ADDRESSES), "addresses that are gone"


@pytest.mark.parametrize("address", rows())
def test_everybody_gets_what_the_table_says(ask: Ask, address: str) -> None:
    got = {person: [word(ask(address, person, how)) for how in ASKED] for person in PEOPLE}
    assert got == rows()[address], f"it is now\n{spelled(address, got)}"
