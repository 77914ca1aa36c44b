"""ACCOUNT-5: shutting people out and letting them in again: who may, and what ends."""

import pytest
from django.test import Client

from accounts import selectors
from accounts.models import AuditEntry, Person
from accounts.rules import SYSTEM, Actor, NotAllowed, Role
from accounts.services import people, sign_in, tokens
from brands import services as brands
from brands.selectors import brands as brand_selectors
from kernel import clock
from kernel.refusal import ReasonRequired
from tests.accounts.test_passwords import is_signed_in, signed_in, state_of
from tests.builders import NOW, PASSWORD, Marketplace, person

pytestmark = pytest.mark.django_db


def deactivate(actor: Actor, who: Actor, reason: str = "违规") -> selectors.PersonView:
    return people.deactivate(actor=actor, person_id=who.own_id, reason=reason, now=NOW)


def reactivate(actor: Actor, who: Actor, reason: str = "查清") -> selectors.PersonView:
    return people.reactivate(actor=actor, person_id=who.own_id, reason=reason, now=NOW)


def test_deactivate_by_ops_with_a_reason_ends_sessions_and_tokens_for_good() -> None:
    ops, finance = person(Role.OPS), person(Role.FINANCE)
    session = signed_in(finance)
    token = tokens.issue_token(actor=finance, label="till", now=clock.now())
    view = deactivate(ops, finance, " 调岗 ")
    assert (view.is_active, view.deactivation_reason, view.deactivated_by, view.deactivated_at) == (
        False,
        "调岗",
        ops.name,
        NOW,
    )
    assert not is_signed_in(session)
    assert session.get("/api/v1/me").status_code == 401
    assert selectors.find_actor_by_token(token, at=clock.now()) is None
    login = {"login": view.login, "password": PASSWORD}
    assert Client().post("/sign-in/", login).status_code == 403
    assert Client().post("/api/v1/tokens", login, content_type="application/json").status_code == 403
    view = reactivate(ops, finance)
    assert (view.is_active, view.deactivation_reason, view.deactivated_by, view.deactivated_at) == (True, "", "", None)
    assert not is_signed_in(session)
    assert selectors.find_actor_by_token(token, at=clock.now()) is None
    assert is_signed_in(signed_in(finance))
    trail = AuditEntry.objects.filter(subject_id=finance.own_id, subject_kind="person").order_by("-id")[:2]
    assert [(row.action, row.person_id, row.details["reason"]) for row in trail] == [
        ("accounts.reactivate", ops.own_id, "查清"),
        ("accounts.deactivate", ops.own_id, "调岗"),
    ]


@pytest.mark.parametrize("role", [Role.FINANCE, Role.BRAND, Role.RESELLER])
def test_deactivate_by_others_than_ops_is_refused(role: Role) -> None:
    actor, other = person(role), person(Role.RESELLER)
    before = state_of(other)
    for change in (deactivate, reactivate):
        with pytest.raises(NotAllowed):
            change(actor, other)
    assert state_of(other) == before


def test_deactivate_the_last_active_ops_person_is_refused() -> None:
    first, second = person(Role.OPS), person(Role.OPS)
    deactivate(first, second)
    before = state_of(first)
    for actor in (first, SYSTEM):
        with pytest.raises(people.LastOps):
            deactivate(actor, first)
    assert state_of(first) == before
    reactivate(first, second)
    deactivate(first, first)
    assert not Person.objects.get(pk=first.own_id).is_active


def test_deactivate_and_reactivate_refused_change_nothing() -> None:
    ops, daigou = person(Role.OPS), person(Role.RESELLER)
    before = state_of(daigou)
    for reason in ("", "   ", "长" * 201):
        with pytest.raises(ReasonRequired):
            deactivate(ops, daigou, reason)
    with pytest.raises(people.NotDeactivated):
        reactivate(ops, daigou)
    with pytest.raises(selectors.NoSuchPerson):
        people.deactivate(actor=ops, person_id=0, reason="违规", now=NOW)
    assert state_of(daigou) == before
    deactivate(ops, daigou)
    before = state_of(daigou)
    with pytest.raises(people.AlreadyDeactivated):
        deactivate(ops, daigou)
    assert state_of(daigou) == before


def test_deactivate_by_a_person_deactivated_meanwhile_is_refused() -> None:
    first, second, third = (person(Role.OPS) for _ in range(3))
    deactivate(first, second)
    with pytest.raises(sign_in.Deactivated):
        deactivate(second, third)
    assert Person.objects.get(pk=third.own_id).is_active


def test_pages_and_endpoints_of_ops() -> None:
    ops, daigou = person(Role.OPS), person(Role.RESELLER)
    client = signed_in(ops)
    page = f"/console/people/{daigou.own_id}/"
    listed = client.get("/console/people/", {"q": daigou.name})
    assert page in listed.content.decode()
    answer = client.post(page, {"form_action": "deactivate", "deactivate-reason": "违规"})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "违规" in client.get(page).content.decode()
    assert page in client.get("/console/people/", {"deactivated": "1"}).content.decode()
    assert client.post(page, {"form_action": "reactivate", "reactivate-reason": "查清"}).status_code == 302
    api = f"/api/v1/people/{daigou.own_id}"
    view = client.post(f"{api}/deactivate", {"reason": "违规"}, content_type="application/json").json()
    assert (view["is_active"], view["deactivation_reason"], view["deactivated_by"]) == (False, "违规", ops.name)
    assert client.get(api).json() == view
    found = client.get("/api/v1/people", {"search": daigou.name, "role": "reseller", "active": "false"}).json()
    assert found["items"] == [view]
    assert client.post(f"{api}/reactivate", {"reason": "查清"}, content_type="application/json").json()["is_active"]
    last = client.post(f"/api/v1/people/{ops.own_id}/deactivate", {"reason": "走"}, content_type="application/json")
    assert (last.status_code, last.json()["code"]) == (409, "accounts.last_ops")


def test_finance_sees_people_and_changes_nothing() -> None:
    client, daigou = signed_in(person(Role.FINANCE)), person(Role.RESELLER)
    page = f"/console/people/{daigou.own_id}/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"form_action": "deactivate", "deactivate-reason": "违规"}).status_code == 403
    assert Person.objects.get(pk=daigou.own_id).is_active


class TestClerks:
    """BRAND-4: the first clerk of a brand shuts its other clerks out."""

    def test_the_first_clerk_deactivates_another_on_page_and_endpoint(self) -> None:
        market = Marketplace()
        second = market.new_clerk(market.brand_id)
        session, first = signed_in(second), signed_in(market.clerk)
        assert first.get("/portal/clerks/").content.decode().count('name="reason"') == 1
        api = f"/api/v1/brands/mine/clerks/{second.own_id}"
        view = first.post(f"{api}/deactivate", {"reason": "离职"}, content_type="application/json").json()
        assert (view["is_active"], view["deactivation_reason"], view["is_first"]) == (False, "离职", False)
        assert not is_signed_in(session)
        page = f"/portal/clerks/{second.own_id}"
        assert first.post(f"{page}/reactivate/", {"reason": "回来了"}).status_code == 302
        assert is_signed_in(signed_in(second))
        assert first.post(f"{page}/deactivate/", {"reason": "又走了"}).status_code == 302
        assert first.post(f"{api}/reactivate", {"reason": "回来了"}, content_type="application/json").json()[
            "is_active"
        ]
        acts = AuditEntry.objects.filter(subject_kind="person", subject_id=second.own_id).order_by("id")
        assert [(row.action, row.person_id) for row in acts][1:] == [
            ("accounts.deactivate", market.clerk.own_id),
            ("accounts.reactivate", market.clerk.own_id),
        ] * 2

    def test_deactivate_clerk_by_others_than_the_first_clerk_is_refused(self) -> None:
        market = Marketplace()
        second = market.new_clerk(market.brand_id)
        clerk_of_another = market.new_clerk(market.brand())

        def attempt(actor: Actor, who: Actor) -> object:
            return brands.deactivate_clerk(actor=actor, person_id=who.own_id, reason="违规", now=NOW)

        with pytest.raises(brands.NotFirstClerk):
            attempt(second, market.clerk)
        with pytest.raises(brands.OwnAccount):
            attempt(market.clerk, market.clerk)
        for other in (clerk_of_another, market.ops, market.reseller().actor):
            with pytest.raises(brand_selectors.NoSuchClerk):
                attempt(market.clerk, other)
        for outsider in (market.ops, market.finance):
            with pytest.raises(NotAllowed):
                attempt(outsider, second)
        assert set(Person.objects.values_list("is_active", flat=True)) == {True}
        assert 'name="reason"' not in signed_in(second).get("/portal/clerks/").content.decode()

    def test_a_clerk_deactivated_by_ops_is_reactivated_by_ops_only(self) -> None:
        market = Marketplace()
        second = market.new_clerk(market.brand_id)
        deactivate(market.ops, second)
        with pytest.raises(brands.DeactivatedByOps):
            brands.reactivate_clerk(actor=market.clerk, person_id=second.own_id, reason="回来了", now=NOW)
        assert not Person.objects.get(pk=second.own_id).is_active
        reactivate(market.ops, second)

    def test_the_next_clerk_is_the_first_when_the_first_is_deactivated(self) -> None:
        market = Marketplace()
        second, third = market.new_clerk(market.brand_id), market.new_clerk(market.brand_id)
        deactivate(market.ops, market.clerk)
        brands.deactivate_clerk(actor=second, person_id=third.own_id, reason="离职", now=NOW)
        found = brand_selectors.list_clerks(market.brand_id)
        assert [(each.is_first, each.is_active) for each in found] == [(False, False), (True, True), (False, False)]
