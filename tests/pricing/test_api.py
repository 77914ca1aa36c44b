"""Rules, simulator and explanations over HTTP."""

import pytest

from accounts.rules import SYSTEM
from kernel import clock
from pricing.rules.terms import SaleTerms
from pricing.services import price_lists
from tests.membership.test_api import ops
from tests.pricing.stock import NOW, brand, sku

pytestmark = pytest.mark.django_db
DISCOUNTS = ["0", "0.01", "0.02", "0.03", "0.04", "0.05"]


def test_ops_enters_rules_simulates_compares_and_asks_why() -> None:
    with clock.set_to(NOW):
        market = ops()
        brand_id = brand()
        item = sku(brand_id)
        control = {
            "brand_id": brand_id,
            "action": "cut",
            "starts_on": "2026-03-01",
            "floor_rate": "0.5",
            "cut_rate": "0.05",
        }
        entered = market.post("price-controls", control).json()
        assert (entered["scope"], entered["action"], entered["scope_en"]) == ("brand", "cut", "The whole brand")
        again = market.post("price-controls", control)
        assert (again.status_code, again.json()["code"]) == (409, "pricing.overlapping_control")
        terms = {"discounts": DISCOUNTS, "margin_rate": "0.02", "ending": "yuan", "from_at": NOW.isoformat()}
        assert market.post("platform-terms", terms).status_code == 201
        assert market.get("platform-terms/in-force").json()["ending"] == "yuan"
        bad = market.post("platform-terms", terms | {"discounts": DISCOUNTS[::-1]})
        assert (bad.status_code, bad.json()["code"]) == (422, "pricing.higher_tier_pays_more")
        body = {"sku_ids": [item.pk], "at": NOW.isoformat(), "terms": {}}
        rows = market.post("price-simulations", body).json()
        assert [row["wholesale"] for row in rows] == ["285.00", "282.00", "279.00", "276.00", "273.00", "270.00"]
        assert {row["labelling"] for row in rows} == {"cut"}
        assert rows[0]["steps"][0]["after"] == "1000.00"
        draft = market.post("rule-drafts", {"name": "试"}).json()
        raised = control | {"action": "raise", "cut_rate": "0", "starts_on": "2026-03-01", "draft_id": draft["id"]}
        assert market.post("price-controls", raised).status_code == 201
        compared = market.post("price-comparisons", body | {"other_id": draft["id"]}).json()
        assert [tier["no_longer_cut"] for tier in compared["tiers"]] == [1] * 6
        view = price_lists.freeze_price_list(actor=SYSTEM, sku_ids=[item.pk], terms=SaleTerms(), at=NOW, now=NOW)
        why = market.get(f"price-lists/{view.id}/why?sku_id={item.pk}&tier=0").json()
        assert [step["rule"] for step in why] == [
            "PRICE-1", "PRICE-2", "PRICE-3", "PRICE-4", "PRICE-6", "PRICE-7", "PRICE-8",
        ]  # fmt: skip
        assert market.get(f"price-lists/{view.id}/rows?tier=5").json()["items"][0]["wholesale"] == "270.00"
        assert market.delete(f"price-controls/{entered['id']}").json()["withdrawn_at"] is not None
        assert len(market.get(f"price-lists/{view.id}/differences").json()) == 6


def test_a_refusal_of_the_api_names_the_skus() -> None:
    with clock.set_to(NOW):
        market = ops()
        item = sku(brand("0.05"), style_no="THIN-9")
        terms = {"discounts": DISCOUNTS, "margin_rate": "0.03", "ending": "fen", "from_at": NOW.isoformat()}
        refused = market.post("platform-terms", terms)
        assert refused.status_code == 409
        assert refused.json()["fields"]["sku_ids"] == [item.pk]
        assert "THIN-9" in refused.json()["message"]
