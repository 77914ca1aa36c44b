"""Membership over HTTP, as a program uses it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.rules import SYSTEM, Role
from accounts.services.people import add_person
from kernel import clock
from membership.models import Reseller
from membership.services import growth, invitations

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
PASSWORD = "wei-cang-2026"
DEFAULT_LIMITS = ["2000.00", "5000.00", "10000.00", "20000.00", "35000.00", "50000.00"]


class Caller:
    """Somebody who is signed in by a token."""

    def __init__(self, login: str) -> None:
        self.client = Client()
        answer = self.client.post(
            "/api/v1/tokens", {"login": login, "password": PASSWORD}, content_type="application/json"
        )
        self.headers = {"Authorization": f"Bearer {answer.json()['token']}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=self.headers)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json", headers=self.headers)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.put(f"/api/v1/{path}", body, content_type="application/json", headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1/{path}", headers=self.headers)


def ops() -> Caller:
    add_person(actor=SYSTEM, login="ops", name="运营", role=Role.OPS, password=PASSWORD, now=NOW)
    return Caller("ops")


def test_a_visitor_joins_buys_becomes_vip_and_invites() -> None:
    with clock.set_to(NOW):
        market = ops()
        code = market.post("invitation-codes", {"uses": 3}).json()
        body = {"login": "li", "name": "李", "password": PASSWORD, "code": code["code"]}
        assert Client().post("/api/v1/join", body, content_type="application/json").status_code == 201
        her = Caller("li")
        assert her.post("invitation-codes", {"uses": 1}).json()["code"] == "membership.not_yet_vip"
        reseller_id = market.get("resellers").json()["items"][0]["id"]
        growth.credit_purchase(reseller_id=reseller_id, order_id=1, amount_fen=600_00, now=NOW)
        membership = her.get("membership").json()
        assert (membership["tier"], membership["growth"], membership["growth_to_next_tier"]) == (1, 60, 440)
        assert (membership["tier_after_shipping"], membership["next_tier_needs_shipping"]) == (1, True)
        assert membership["unpaid_limit"] == "5000.00"
        assert membership["next_tier_purchases"] == "4400.00"
        assert membership["forecast"]["tier"] == 1
        assert membership["tiers"][0]["threshold_purchases"] == "500.00"
        assert her.get("membership/entries").json()["items"][0]["growth"] == "60"
        mine = her.post("invitation-codes", {"uses": 1})
        assert mine.status_code == 201
        assert her.delete(f"invitation-codes/{mine.json()['id']}").json()["revoked_at"] is not None
        assert [each["kind"] for each in her.get("membership/notices").json()] == ["upgraded"]
        assert her.get("membership/codes").json()[0]["uses"] == 1
        assert her.get("membership/invitees").json() == {"items": [], "next_cursor": None}
        assert her.get(f"resellers/{reseller_id}/membership").status_code == 403


def test_ops_adjusts_growth_matches_tiers_enters_tables_and_rolls_over() -> None:
    with clock.set_to(NOW):
        market = ops()
        code = market.post("invitation-codes", {"uses": 1}).json()["code"]
        person = invitations.join(login="wang", name="王", password=PASSWORD, code=code, now=NOW)
        reseller_id = market.get("resellers?name=王").json()["items"][0]["id"]
        assert person.name == "王"
        given = market.post(f"resellers/{reseller_id}/adjustments", {"growth": 55, "reason": "补偿", "key": "1"}).json()
        assert (given["before"], given["tier"], given["growth"]) == (0, 1, 55)
        put = market.post(f"resellers/{reseller_id}/tier-match", {"tier": 3, "months": 1, "reason": "他处 VIP"}).json()
        assert put["tier"] == 3
        preview = market.get("month-rollovers/preview").json()
        assert [(row["before"], row["after"]) for row in preview] == [(3, 1)]
        table = {
            "from_month": "2026-05-01",
            "thresholds": [40, 50, 60, 70, 80],
            "keep_amounts": [0, 1, 2, 3, 4],
            "keep_bonuses": [0] * 5,
        }
        assert market.post("tier-tables", table).json()["unpaid_limits"] == DEFAULT_LIMITS
        limits = ["100.00", "200.00", "300.00", "400.00", "500.00", "600.50"]
        june = market.post("tier-tables", table | {"from_month": "2026-06-01", "unpaid_limits": limits})
        assert (june.status_code, june.json()["unpaid_limits"]) == (201, limits)
        assert market.post("tier-tables", table | {"unpaid_limits": limits[:5]}).status_code == 422
        assert (
            market.post("tier-tables", table | {"from_month": "2026-03-01"}).json()["code"]
            == "membership.table_too_late"
        )
        assert [each["from_month"] for each in market.get("tier-tables").json()] == [
            "2000-01-01",
            "2026-05-01",
            "2026-06-01",
        ]
        refused = market.post("month-rollovers", {"month": "2026-04-01"})
        assert (refused.status_code, refused.json()["code"]) == (409, "membership.rollover_not_due")
        assert market.get(f"resellers/{reseller_id}/membership").json()["is_tier_matched"] is True
    with clock.set_to(datetime(2026, 4, 1, tzinfo=UTC)):
        assert market.post("month-rollovers", {"month": "2026-04-01"}).json()["downgraded"] == 1
        assert market.get("month-rollovers").json()["items"][0]["month"] == "2026-04-01"


def test_page_and_endpoint_accept_pasted_codes_and_name_three_kinds_of_invalid_ones() -> None:
    with clock.set_to(NOW):
        market = ops()
        code = market.post("invitation-codes", {"uses": 2}).json()["code"]
        wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
        body = {"login": "li", "name": "李", "password": PASSWORD, "code": f" {code[:4]}\r\n{code[4:]} "}
        assert Client().post("/api/v1/join", body, content_type="application/json").status_code == 201
        page = Client().post("/shop/join/", body | {"login": "wang", "code": f"邀请码：{wide[:4]}　{wide[4:]}"})
        assert page.status_code == 302
        assert Reseller.objects.count() == 2
        short = market.post("invitation-codes", {"uses": 2, "expires_at": "2026-03-10T13:00:00+08:00"}).json()["code"]
    with clock.set_to(datetime(2026, 3, 10, 5, tzinfo=UTC)):
        messages = {}
        for name, typed in {"used_up": code, "expired": short, "invalid": "ABCD2345"}.items():
            join_body = body | {"login": "late", "code": typed}
            answer = Client().post("/api/v1/join", join_body, content_type="application/json")
            page = Client().post("/shop/join/", join_body)
            assert (answer.status_code, answer.json()["code"]) == (404, f"membership.code_{name}")
            assert answer.json()["message"] in page.content.decode()
            messages[name] = answer.json()["message"]
        assert len(set(messages.values())) == 3
        assert Reseller.objects.count() == 2
