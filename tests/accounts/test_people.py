from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from accounts import selectors
from accounts.models import ApiToken, AuditEntry, Person
from accounts.rules import SYSTEM, NotAllowed, Role, require_roles
from accounts.services import people, strength, tokens
from accounts.tasks import purge_sessions
from tests.builders import NOW, PASSWORD, person

pytestmark = pytest.mark.django_db


def test_add_person_refuses_a_login_that_differs_by_case_only() -> None:
    people.add_person(actor=SYSTEM, login="Lily", name="丽丽", role=Role.OPS, password=PASSWORD, now=NOW)
    with pytest.raises(people.LoginTaken) as refused:
        people.add_person(actor=SYSTEM, login=" lily", name="别人", role=Role.OPS, password=PASSWORD, now=NOW)
    assert refused.value.login == "lily"
    assert Person.objects.count() == 1


def test_add_person_refuses_a_weak_password() -> None:
    with pytest.raises(strength.WeakPassword):
        people.add_person(actor=SYSTEM, login="lily", name="丽丽", role=Role.OPS, password="12345678", now=NOW)
    assert not Person.objects.exists()


def test_add_person_is_for_ops_only() -> None:
    clerk = person(Role.BRAND)
    with pytest.raises(NotAllowed):
        people.add_person(actor=clerk, login="lily", name="丽丽", role=Role.OPS, password=PASSWORD, now=NOW)


def test_require_roles_never_refuses_the_system() -> None:
    require_roles(SYSTEM, Role.FINANCE)


def test_without_the_cache_people_sign_in_and_stay_signed_in(settings: Settings) -> None:
    people.add_person(actor=SYSTEM, login="lily", name="丽丽", role=Role.OPS, password=PASSWORD, now=NOW)
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    client = Client()
    assert client.post("/sign-in/", {"login": "lily", "password": "wrong-one"}).status_code != 302
    assert client.post("/sign-in/", {"login": "lily", "password": PASSWORD}).status_code == 302
    assert client.get("/console/").status_code == 200
    guesses = [client.post("/sign-in/", {"login": "lily", "password": "wrong-one"}).status_code for _ in range(11)]
    assert guesses == [401] * 10 + [429]


def test_a_token_opens_until_it_is_revoked_or_expires() -> None:
    actor = person(Role.FINANCE)
    token = tokens.issue_token(actor=actor, label="till", now=NOW)
    assert selectors.find_actor_by_token(token, at=NOW) == actor
    assert selectors.find_actor_by_token(token, at=NOW + tokens.TOKEN_LIFE) is None
    assert tokens.revoke_tokens(actor=actor, now=NOW) == 1
    assert selectors.find_actor_by_token(token, at=NOW) is None
    assert token not in ApiToken.objects.values_list("digest", flat=True)


def test_the_audit_log_is_append_only() -> None:
    person(Role.OPS)
    assert AuditEntry.objects.count() == 1
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEntry.objects.update(action="nothing")


def test_the_api_answers_401_in_one_shape_and_two_languages() -> None:
    client = Client()
    answer = client.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.json()["code"] == "accounts.sign_in_first"
    assert answer.json()["message"] == "请先登录"
    assert answer.json()["request_id"] == answer["X-Request-ID"]
    assert client.get("/api/v1/me", headers={"Accept-Language": "en"}).json()["message"] == "Sign in first"


def test_the_api_opens_by_token_and_knows_who_it_is() -> None:
    people.add_person(actor=SYSTEM, login="lily", name="丽丽", role=Role.OPS, password=PASSWORD, now=NOW)
    client = Client()
    token = client.post(
        "/api/v1/tokens", {"login": "lily", "password": PASSWORD}, content_type="application/json"
    ).json()["token"]
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json()["role"] == "ops"
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer wc_wrong"}).status_code == 401


def test_a_session_without_csrf_token_cannot_write() -> None:
    people.add_person(actor=SYSTEM, login="lily", name="丽丽", role=Role.OPS, password=PASSWORD, now=NOW)
    client = Client(enforce_csrf_checks=True)
    client.force_login(Person.objects.get())
    assert client.get("/api/v1/me").status_code == 200
    assert client.delete("/api/v1/tokens").status_code == 401


@pytest.mark.parametrize(
    ("method", "headers", "back"),
    [
        ("get", {}, "/shop/grab/"),
        ("post", {"Referer": "http://testserver/shop/sales/1/"}, "http://testserver/shop/sales/1/"),
        ("post", {"Referer": "https://evil.example/"}, "/"),
        ("get", {"HX-Request": "true", "HX-Current-URL": "http://testserver/shop/"}, "http://testserver/shop/"),
    ],
)
def test_after_signing_in_she_is_back_on_a_page_and_not_at_a_form_or_fragment(
    method: str, headers: dict[str, str], back: str
) -> None:
    answer = getattr(Client(), method)("/shop/grab/", headers=headers)
    sign_in = answer["HX-Redirect"] if "HX-Request" in headers else answer["Location"]
    assert parse_qs(urlsplit(sign_in).query) == {"next": [back]}


def test_a_forms_address_opened_by_hand_leads_to_the_page_before() -> None:
    here = {"Accept": "text/html", "Referer": "http://testserver/shop/vip/"}
    assert Client().get("/sign-out/", headers=here)["Location"] == "http://testserver/shop/vip/"
    assert Client().get("/sign-out/", headers={"Accept": "text/html"})["Location"] == "/"
    assert Client().get("/sign-out/").status_code == 405


def test_the_language_is_chinese_until_chosen_otherwise() -> None:
    client = Client()
    page = client.get("/sign-in/", headers={"Accept-Language": "en"})
    assert page["Content-Language"] == "zh-hans"
    client.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert client.get("/sign-in/")["Content-Language"] == "en"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_language_switch_leads_nowhere_else(target: str) -> None:
    assert Client().post("/language/", {"language": "en", "next": target})["Location"] == "/"


def test_addresses_that_are_words_are_no_names_of_pages() -> None:
    client = Client()
    assert client.post("/language/", {"language": "en", "next": "-1"})["Location"] == "-1"
    before = {"Accept": "text/html", "Referer": "words"}
    assert client.get("/sign-out/", headers=before)["Location"] == "words"


def test_purge_sessions_deletes_expired_sessions_only() -> None:
    living, ended = SessionStore(), SessionStore()
    living.create()
    ended.set_expiry(-1)
    ended.create()
    purge_sessions()
    assert [each.session_key for each in Session.objects.all()] == [living.session_key]
