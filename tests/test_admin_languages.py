"""The admin of ours and the API's reference speak Korean to whoever reads Korean: names, titles, actions, help."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.test import Client, RequestFactory
from django.utils import translation

from accounts.models import User
from api import reference
from api.v1 import api
from vsrsite import names

SAME = {"ID", "id", "sha256", "crf", "URL", "API"}  # in every language
HANGUL = re.compile("[가-힣]")
KOREAN = {"HTTP_ACCEPT_LANGUAGE": "ko"}

OURS = [model for model in admin.site._registry if model._meta.app_label in names.APPS]


def spoken(model: Any) -> Iterator[str]:
    """What the admin of a model says to people."""
    desk = admin.site._registry[model]
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True)
    meta = model._meta
    yield from map(str, (meta.verbose_name, meta.verbose_name_plural, meta.app_config.verbose_name))
    columns = [*desk.list_display, *desk.get_fields(request), *desk.get_readonly_fields(request)]
    yield from (str(label_for_field(name, model, desk)) for name in columns if name not in {"__str__", *passwords()})
    yield from (str(field.help_text) for field in model._meta.fields if field.help_text)
    yield from (str(label) for field in model._meta.fields for _value, label in field.flatchoices)
    yield from (str(model._meta.get_field(name).verbose_name) for name in desk.list_filter)
    yield from (str(title) for title, _fields in desk.get_fieldsets(request) if title)
    yield from (str(described) for _act, _name, described in desk.get_actions(request).values())
    yield from (str(inline.verbose_name or inline.model._meta.verbose_name) for inline in desk.inlines)


def passwords() -> set[str]:
    """Fields of the form for a new person alone, which Django names."""
    return {"password1", "password2", "usable_password"}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_the_admin_of_a_model_has_no_english_left(model: Any) -> None:
    with translation.override("ko"):
        said = set(spoken(model)) - {"", "English"}
    assert said
    assert {text for text in said if not HANGUL.search(text)} - SAME == set()


def test_in_english_names_are_as_django_makes_them() -> None:
    model = next(model for model in OURS if model.__name__ == "Segment")
    with translation.override("en"):
        assert model._meta.get_field("frames_done").verbose_name == "frames done"
        assert model._meta.verbose_name_plural == "segments"


@pytest.mark.parametrize(
    ("address", "said"),
    [("/admin/", "변환"), ("/admin/videos/upscale/", "만든 때"), ("/admin/accounts/invitation/add/", "만든 사람")],
)
def test_a_page_of_the_admin_shows_them(address: str, said: str, client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    page = client.get(address, **KOREAN)
    assert page.status_code == 200 and said in page.text
    assert "Upscales" not in page.text and "made by" not in page.text.lower()


def test_the_reference_of_the_api_is_read_in_korean(client: Client, db: None) -> None:
    page = client.get("/api/", **KOREAN).text
    assert "동영상 목록" in page and "List videos" not in page
    with translation.override("ko"):
        texts = [reference.told(text) for text in reference.texts(api.get_openapi_schema())]
    assert [text for text in texts if not HANGUL.search(text)] == []


def test_programs_read_it_in_english(client: Client, db: None) -> None:
    description = client.get("/api/v1/openapi.json", **KOREAN).json()
    assert description["paths"]["/api/v1/videos"]["get"]["summary"] == "List videos"
