"""What holds for all addresses alike: whose pages ask, what is in them, what the admin shows, how files are sent."""

import re
from itertools import product

from accounts.models import User
from tests.access.asking import Ask, word
from tests.access.table import ADMIN, UNSAFE, rows
from videos.models import Video

INLINE = re.compile(
    rb"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


def test_nothing_is_done_for_a_page_of_another_site(ask: Ask) -> None:
    asked = [*product(rows(), ("owner",), UNSAFE), *product(ADMIN, ("staff",), ("POST",))]
    done = [what for what in asked if ask(*what, strict=True).status_code < 400]
    assert not done


def test_no_page_has_a_script_or_a_style_in_it(ask: Ask) -> None:
    for address, person in [*product(rows(), ("anonymous", "owner")), *product(ADMIN, ("staff",))]:
        page = ask(address, person, "GET")
        policy = page.headers["Content-Security-Policy"]
        assert ("script-src 'self'" in policy or "sandbox" in policy) and "unsafe" not in policy, address
        if page.headers.get("Content-Type", "").startswith("text/html"):
            assert not INLINE.findall(page.content), address


def test_the_admin_is_for_staff_alone(ask: Ask) -> None:
    asked = product(ADMIN, ("anonymous", "owner"), ("GET", "POST"))
    let_in = [what for what in asked if word(ask(*what)) not in {"in", "403"}]
    assert {address for address, *_ in let_in} == {"/admin/logout/", "/admin/password_change/"}


def test_staff_without_rights_sees_nothing_of_others(ask: Ask, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    for address in ADMIN:
        page = ask(address, "other", "GET").content.decode()
        assert "a.mp4" not in page and "alice@" not in page, address


def test_files_are_sent_to_keep_and_as_what_we_say_they_are(ask: Ask, alice: User) -> None:
    Video.objects.update(name="page.html")
    original = ask("/videos/<uuid:pk>/original/", "owner", "GET")
    assert original["Content-Type"] == "application/octet-stream"
    assert original["Content-Disposition"] == 'attachment; filename="page.html"'
    result = ask("/results/<uuid:pk>/download/", "owner", "GET")
    assert result["Content-Type"] == "video/mp4"
    assert result["Content-Disposition"].startswith("attachment; ")
    for answer in (original, result):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
