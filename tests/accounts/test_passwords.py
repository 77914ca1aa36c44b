"""ACCOUNT-4: changing a password: one's own, by a one-time link, and on the machine; what ends with it."""

import io
import re
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts import selectors
from accounts.models import ApiToken, AuditEntry, PasswordLink, Person
from accounts.rules import SYSTEM, Actor, NotAllowed, Role
from accounts.services import attempts, passwords, people, sign_in, strength
from accounts.services import tokens as accounts_tokens
from accounts.tasks import purge_expired
from kernel import clock
from tests.builders import NOW, PASSWORD, person

pytestmark = pytest.mark.django_db

NEW = "another-one-77"
HOMES = {Role.OPS: "/console/", Role.FINANCE: "/console/", Role.BRAND: "/account/", Role.RESELLER: "/account/"}


def signed_in(actor: Actor, password: str = PASSWORD) -> Client:
    """A client with a session, by the page on which people sign in."""
    client = Client()
    login = Person.objects.get(pk=actor.own_id).login
    assert client.post("/sign-in/", {"login": login, "password": password}).status_code == 302
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def change(actor: Actor, *, old: str = PASSWORD, new: str = NEW, **options: Any) -> None:
    passwords.change_password(actor=actor, old=old, new=new, address="203.0.113.7", now=NOW, **options)


def audited(actor: Actor) -> list[tuple[str, int | None]]:
    rows = AuditEntry.objects.filter(subject_kind="person", subject_id=actor.own_id).order_by("id")
    return [(row.action, row.person_id) for row in rows if row.action != "accounts.add_person"]


def state_of(actor: Actor) -> tuple[object, ...]:
    row = Person.objects.get(pk=actor.own_id)
    tokens = ApiToken.objects.filter(person=row, revoked_at=None).count()
    return row.password, row.session_version, row.is_active, tokens, len(audited(actor))


@pytest.mark.parametrize("role", [Role.OPS, Role.FINANCE, Role.BRAND, Role.RESELLER])
def test_change_password_ends_all_sessions_but_this_one(role: Role) -> None:
    actor = person(role)
    here, elsewhere = signed_in(actor), signed_in(actor)
    token = accounts_tokens.issue_token(actor=actor, label="till", now=clock.now())
    assert is_signed_in(here)
    assert is_signed_in(elsewhere)
    answer = here.post("/account/", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert elsewhere.get("/api/v1/me").status_code == 401
    assert selectors.find_actor_by_token(token, at=clock.now()) is None
    assert audited(actor) == [
        ("accounts.issue_token", actor.own_id),
        ("accounts.change_password", actor.own_id),
    ]
    assert is_signed_in(signed_in(actor, NEW))


def test_change_password_by_a_token_keeps_that_token_and_ends_others() -> None:
    actor = person(Role.RESELLER)
    session = signed_in(actor)
    mine, other = (
        accounts_tokens.issue_token(actor=actor, label=label, now=clock.now()) for label in ("mine", "other")
    )
    answer = Client().post(
        "/api/v1/me/password",
        {"old": PASSWORD, "new": NEW},
        content_type="application/json",
        headers={"Authorization": f"Bearer {mine}"},
    )
    assert answer.status_code == 204
    assert selectors.find_actor_by_token(mine, at=clock.now()) == actor
    assert selectors.find_actor_by_token(other, at=clock.now()) is None
    assert not is_signed_in(session)


def test_change_password_by_a_session_over_the_api_keeps_the_session() -> None:
    actor = person(Role.OPS)
    client = signed_in(actor)
    body = {"old": PASSWORD, "new": NEW}
    assert client.post("/api/v1/me/password", body, content_type="application/json").status_code == 204
    assert is_signed_in(client)


def test_a_wrong_old_password_is_refused_and_counted_like_a_sign_in() -> None:
    actor = person(Role.OPS)
    before = state_of(actor)
    for _ in range(10):
        with pytest.raises(sign_in.WrongPassword) as refused:
            change(actor, old="wrong-one")
        assert refused.value.status == 401
    with pytest.raises(attempts.TooManyAttempts):
        change(actor)
    assert state_of(actor) == before


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("short", "too_short"),
        ("12345678", "too_common"),
        ("x" * 129, "too_long"),
        ("13800138000", "is_login"),
        ("+86 138-0013-8000", "is_login"),
        ("１３８００１３８０００", "is_login"),
        ("Wang Xiaomei Li", "is_login"),
    ],
)
def test_weak_passwords_and_ones_own_login_phone_or_name_are_refused(new: str, why: str) -> None:
    actor = people.add_person(
        actor=SYSTEM, login="13800138000", name="WANG XIAOMEI LI", role=Role.OPS, password=PASSWORD, now=NOW
    )
    link = passwords.issue_password_link(actor=SYSTEM, person_id=actor.own_id, now=NOW)
    before = state_of(actor)
    for attempt in (
        lambda: change(actor, new=new),
        lambda: passwords.redeem_password_link(secret=link.secret, new=new, now=NOW),
        lambda: passwords.set_password(actor=SYSTEM, login="13800138000", new=new, now=NOW),
    ):
        with pytest.raises(strength.WeakPassword) as refused:
            attempt()
        assert refused.value.reason == why
    assert state_of(actor) == before
    with pytest.raises(strength.WeakPassword):
        people.add_person(
            actor=SYSTEM, login="8613800138000", name="WANG XIAOMEI LI", role=Role.OPS, password=new, now=NOW
        )
    assert Person.objects.count() == 1


def test_a_refused_password_is_explained_in_both_languages() -> None:
    refusal = strength.WeakPassword(reason="is_login")
    assert refusal.sentence("zh") == "密码不能用：不能与登录名、手机号或姓名相同"
    assert refusal.sentence("en") == (
        "The password cannot be used: it must differ from the sign-in name, the phone number and the name"
    )


class TestOneTimeLink:
    def link(self, who: Actor) -> passwords.IssuedLink:
        return passwords.issue_password_link(actor=person(Role.OPS), person_id=who.own_id, now=clock.now())

    def test_redeem_password_link_sets_a_password_once_and_ends_sessions_and_tokens(self) -> None:
        daigou = person(Role.RESELLER)
        session = signed_in(daigou)
        token = accounts_tokens.issue_token(actor=daigou, label="till", now=clock.now())
        address = f"/password-link/{self.link(daigou).secret}/"
        visitor = Client()
        # Looking at it, as a program that previews links does, does not use it up.
        assert [visitor.get(address).status_code for _ in range(3)] == [200, 200, 200]
        answer = visitor.post(address, {"new": NEW, "again": NEW})
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")
        assert not is_signed_in(session)
        assert selectors.find_actor_by_token(token, at=clock.now()) is None
        assert is_signed_in(signed_in(daigou, NEW))
        again = visitor.post(address, {"new": "yet-another-77", "again": "yet-another-77"})
        assert again.status_code == 404
        assert visitor.get(address).status_code == 404
        assert [action for action, _ in audited(daigou)] == [
            "accounts.issue_token",
            "accounts.issue_password_link",
            "accounts.redeem_password_link",
        ]
        assert audited(daigou)[-1] == ("accounts.redeem_password_link", daigou.own_id)

    def test_a_password_link_is_stored_as_a_hash_and_never_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        link = self.link(person(Role.RESELLER))
        assert PasswordLink.objects.get().digest == selectors.digest_of(link.secret)
        assert link.secret not in str(list(AuditEntry.objects.values_list("details", flat=True)))
        with caplog.at_level("INFO"):
            answer = Client().get(f"/password-link/{link.secret}/")
        assert "GET /password-link/…/ 200" in caplog.text
        assert link.secret not in caplog.text
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex, nofollow"

    def test_a_password_link_expires_and_ends_with_a_later_link_or_change(self, settings: Settings) -> None:
        daigou, now = person(Role.RESELLER), clock.now()
        first = passwords.issue_password_link(actor=SYSTEM, person_id=daigou.own_id, now=now)
        assert first.expires_at == now + timedelta(hours=24)
        assert (
            passwords.get_person_of_link(first.secret, now=first.expires_at - timedelta(seconds=1)).pk == daigou.own_id
        )
        before = state_of(daigou)
        with pytest.raises(passwords.InvalidLink):
            passwords.redeem_password_link(secret=first.secret, new=NEW, now=first.expires_at)
        second = passwords.issue_password_link(actor=SYSTEM, person_id=daigou.own_id, now=now)
        with pytest.raises(passwords.InvalidLink):
            passwords.redeem_password_link(secret=first.secret, new=NEW, now=now)
        assert state_of(daigou) == (*before[:4], before[4] + 1)  # type: ignore[operator]
        change(daigou)
        with pytest.raises(passwords.InvalidLink):
            passwords.redeem_password_link(secret=second.secret, new="yet-another-77", now=now)
        with clock.set_to(second.expires_at):
            purge_expired()
        assert not PasswordLink.objects.exists()

    def test_issue_password_link_is_for_ops_only_on_page_and_endpoint(self) -> None:
        daigou, ops = person(Role.RESELLER), signed_in(person(Role.OPS))
        page = ops.post(f"/console/people/{daigou.own_id}/", {"form_action": "link"})
        shown = re.search(r"http://testserver(/password-link/[\w-]+/)", page.content.decode())
        assert shown is not None
        assert page["Cache-Control"] == "no-store"
        assert Client().get(shown[1]).status_code == 200
        answer = ops.post(f"/api/v1/people/{daigou.own_id}/password-links", content_type="application/json")
        assert answer.status_code == 201
        secret = answer.json()["address"].rstrip("/").rsplit("/", 1)[1]
        assert Client().get(shown[1]).status_code == 404
        body = {"secret": secret, "new": NEW}
        redeem = "/api/v1/password-links/redeem"
        assert Client().post(redeem, body, content_type="application/json").status_code == 204
        assert Client().post(redeem, body, content_type="application/json").status_code == 404
        for role in (Role.FINANCE, Role.BRAND, Role.RESELLER):
            with pytest.raises(NotAllowed):
                passwords.issue_password_link(actor=person(role), person_id=daigou.own_id, now=NOW)

    def test_issue_password_link_for_a_deactivated_person_is_refused_and_her_links_end(self) -> None:
        daigou = person(Role.RESELLER)
        link = self.link(daigou)
        people.deactivate(actor=SYSTEM, person_id=daigou.own_id, reason="违规", now=NOW)
        with pytest.raises(passwords.PersonDeactivated):
            self.link(daigou)
        people.reactivate(actor=SYSTEM, person_id=daigou.own_id, reason="查清", now=NOW)
        with pytest.raises(passwords.InvalidLink):
            passwords.get_person_of_link(link.secret, now=NOW)


class TestOnTheMachine:
    def run(self, monkeypatch: pytest.MonkeyPatch, login: str, typed: str) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
        out = io.StringIO()
        call_command("changepassword", login, stdout=out)
        return out.getvalue()

    def test_changepassword_command_calls_the_service(self, monkeypatch: pytest.MonkeyPatch) -> None:
        actor = person(Role.OPS)
        login = Person.objects.get(pk=actor.own_id).login
        session = signed_in(actor)
        token = accounts_tokens.issue_token(actor=actor, label="till", now=clock.now())
        assert "the password is changed" in self.run(monkeypatch, login.upper(), NEW)
        assert not is_signed_in(session)
        assert selectors.find_actor_by_token(token, at=clock.now()) is None
        assert audited(actor)[-1] == ("accounts.set_password", None)
        assert is_signed_in(signed_in(actor, NEW))

    def test_changepassword_command_refuses_a_weak_password_and_an_unknown_login(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        actor = person(Role.OPS)
        before = state_of(actor)
        with pytest.raises(CommandError, match="at least 8 characters"):
            self.run(monkeypatch, Person.objects.get(pk=actor.own_id).login, "short")
        with pytest.raises(CommandError, match="Nobody signs in as nobody"):
            self.run(monkeypatch, "nobody", NEW)
        assert state_of(actor) == before

    def test_set_password_by_a_person_is_refused(self) -> None:
        with pytest.raises(NotAllowed):
            passwords.set_password(actor=person(Role.OPS), login="lily", new=NEW, now=NOW)


class TestTokens:
    def test_own_tokens_are_listed_and_revoked_on_page_and_endpoint(self) -> None:
        actor, other = person(Role.RESELLER), person(Role.RESELLER)
        client = signed_in(actor)
        for label in ("a", "b", "c"):
            accounts_tokens.issue_token(actor=actor, label=label, now=clock.now())
        foreign = accounts_tokens.issue_token(actor=other, label="foreign", now=clock.now())
        listed = client.get("/api/v1/tokens").json()
        assert [each["label"] for each in listed] == ["c", "b", "a"]
        assert client.delete(f"/api/v1/tokens/{listed[0]['id']}").status_code == 204
        assert client.delete(f"/api/v1/tokens/{listed[0]['id']}").status_code == 404
        not_hers = ApiToken.objects.get(label="foreign").pk
        assert client.delete(f"/api/v1/tokens/{not_hers}").status_code == 404
        assert client.post(f"/account/tokens/{listed[1]['id']}/revoke/").status_code == 302
        assert [each.label for each in selectors.list_own_tokens(actor, at=clock.now())] == ["a"]
        assert client.post("/account/tokens/revoke/").status_code == 302
        assert selectors.list_own_tokens(actor, at=clock.now()) == []
        assert selectors.find_actor_by_token(foreign, at=clock.now()) == other

    def test_issue_token_beyond_the_limit_says_what_to_revoke(self, settings: Settings) -> None:
        settings.MAX_TOKENS = 2
        actor = person(Role.RESELLER)
        for _ in range(2):
            accounts_tokens.issue_token(actor=actor, label="till", now=NOW)
        with pytest.raises(accounts_tokens.TooManyTokens) as refused:
            accounts_tokens.issue_token(actor=actor, label="till", now=NOW)
        assert refused.value.status == 409
        assert "作废" in refused.value.sentence("zh")
        assert ApiToken.objects.count() == 2
        accounts_tokens.issue_token(actor=person(Role.RESELLER), label="till", now=NOW)
        accounts_tokens.issue_token(actor=actor, label="later", now=NOW + accounts_tokens.TOKEN_LIFE)
        accounts_tokens.revoke_tokens(actor=actor, now=NOW)
        accounts_tokens.issue_token(actor=actor, label="again", now=NOW)

    def test_purge_tokens_deletes_ended_tokens_after_a_month(self) -> None:
        actor = person(Role.RESELLER)
        for label in ("revoked", "expires"):
            accounts_tokens.issue_token(actor=actor, label=label, now=NOW)
        ApiToken.objects.filter(label="revoked").update(revoked_at=NOW)
        for days, left in ((29, {"revoked", "expires"}), (31, {"expires"}), (119, {"expires"}), (121, set())):
            with clock.set_to(NOW + timedelta(days=days)):
                purge_expired()
            assert set(ApiToken.objects.values_list("label", flat=True)) == left
