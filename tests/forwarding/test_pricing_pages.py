"""The pages on which a reseller prices styles by rule, and the API for it (FORWARD-13)."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import Person
from forwarding.models import Forward, PriceRule, RetailPrice
from forwarding.rules.pricing import PriceEnding, RoundingDirection, RuleFields
from forwarding.selectors.pricing import list_price_rules
from forwarding.services.price_rules import keep_price_rule
from inventory.models import Category, Style
from kernel.clock import set_to
from tests.builders import NOW
from tests.forwarding.test_pages import signed_in
from tests.forwarding.test_selections import Selections
from tests.membership.test_api import Caller

pytestmark = pytest.mark.django_db

RULE = {"factor": "1.5", "add": "3", "ending": "whole", "direction": "up"}


@pytest.fixture
def shop() -> Selections:
    """Her prices are those of a rule, but for that of the coat."""
    shop = Selections()
    RetailPrice.objects.exclude(style_id=shop.coat).update(by_rule=True)
    return shop


@pytest.fixture
def client(shop: Selections) -> Client:
    return signed_in(shop.daigou)


def typed(answer: object) -> dict[int, str]:
    return {row.goods.style_id: row.typed for row in answer.context["rows"]}  # type: ignore[attr-defined]


def prices() -> dict[int, tuple[int, bool]]:
    return {each: (fen, by) for each, fen, by in RetailPrice.objects.values_list("style_id", "price_fen", "by_rule")}


def test_a_rule_fills_in_prices_and_saves_nothing(shop: Selections, client: Client) -> None:
    before = prices()
    with set_to(NOW):
        answer = client.post(f"/shop/sales/{shop.sale_id}/forward/", RULE | {"act": "apply"})
    # 1.5 × 200 + 3; the coat has a price of her own.
    assert typed(answer) == {shop.coat: "699.00", shop.scarf: "303.00"}
    assert prices() == before
    assert "您自己定价的 1 款没有动" in " ".join(answer.content.decode().split())
    with set_to(NOW):
        answer = client.post(f"/shop/sales/{shop.sale_id}/forward/", RULE | {"act": "apply", "replace_own": "1"})
    assert typed(answer)[shop.coat] == "297.00"


# FORWARD-13
def test_a_rule_for_a_category_fills_in_its_styles_and_is_kept_for_it(shop: Selections, client: Client) -> None:
    address = f"/shop/sales/{shop.sale_id}/forward/"
    scarves = Style.objects.values_list("category_id", flat=True).get(pk=shop.scarf) or 0
    before = prices()
    for_scarves = RULE | {"category": str(scarves), "replace_own": "1"}
    with set_to(NOW):
        answer = client.post(address, for_scarves | {"act": "apply", "keep": "all"})
        # What she chose stays chosen until she saves.
        assert (answer.context["keep"], answer.context["chosen_category"]) == ("all", scarves)
        assert 'value="all" checked' in answer.content.decode()
        # The coat is of another category, and stays as it is.
        assert typed(answer) == {shop.coat: "699.00", shop.scarf: "303.00"}
        assert {each.id for each in answer.context["categories"]} >= {scarves}
        kept = for_scarves | {
            "act": "save", "keep": "all", f"price-{shop.coat}": "699", f"price-{shop.scarf}": "303",
            f"rule-{shop.scarf}": "30300",
        }  # fmt: skip
        assert client.post(address, kept).status_code == 302
        assert prices() == before | {shop.scarf: (303_00, True)}
        [rule] = list_price_rules(shop.daigou.id)
        assert (rule.sale_id, rule.category_id, rule.fields.factor) == (None, scarves, Decimal("1.5"))
        RetailPrice.objects.filter(style_id=shop.scarf).update(price_fen=250_00)
        answer = client.post(address, {"act": "kept"})
        assert typed(answer) == {shop.coat: "699.00", shop.scarf: "303.00"}
        assert [each.category for each in answer.context["kept_rules"]] == [Category.objects.get(pk=scarves).name_zh]
        answer = client.post(address, {"drop": str(rule.id), f"price-{shop.scarf}": "260"})
        assert typed(answer)[shop.scarf] == "260"
        assert list_price_rules(shop.daigou.id) == []
        assert "没有这个定价规则" in client.post(address, {"drop": str(rule.id)}, follow=True).content.decode()


def test_a_whole_sale_is_priced_by_category(shop: Selections, client: Client) -> None:
    address = f"/shop/sales/{shop.sale_id}/forward/"
    scarves = Style.objects.values_list("category_id", flat=True).get(pk=shop.scarf) or 0
    before = prices()
    with set_to(NOW):
        client.post(address, RULE | {"act": "whole", "category": str(scarves), "replace_own": "1"})
        assert prices() == before | {shop.scarf: (303_00, True)}
        [rule] = list_price_rules(shop.daigou.id)
        assert (rule.sale_id, rule.category_id) == (shop.sale_id, scarves)
        answer = client.post(address, RULE | {"act": "whole", "category": "99999999"}, follow=True)
        assert "本场没有这个类目的货" in answer.content.decode()
        assert len(list_price_rules(shop.daigou.id)) == 1
        answer = client.post(address, RULE | {"act": "save", "keep": "all", "category": "99999999"}, follow=True)
        assert "没有这个类目" in answer.content.decode()
        assert len(list_price_rules(shop.daigou.id)) == 1


def test_a_preset_takes_the_place_of_factor_and_amount(shop: Selections, client: Client) -> None:
    with set_to(NOW):
        answer = client.post(f"/shop/sales/{shop.sale_id}/forward/", RULE | {"preset": "add-10"})
    assert typed(answer)[shop.scarf] == "210.00"
    assert answer.context["rule_form"]["factor"].value() == "1"


def test_prices_of_a_rule_are_saved_as_such_and_changed_ones_as_her_own(shop: Selections, client: Client) -> None:
    form = RULE | {
        "act": "save", f"price-{shop.coat}": "297", f"rule-{shop.coat}": "29700", f"price-{shop.scarf}": "310",
        f"rule-{shop.scarf}": "30300", "keep": "sale",
    }  # fmt: skip
    with set_to(NOW):
        answer = client.post(f"/shop/sales/{shop.sale_id}/forward/", form)
    assert answer.url == f"/shop/forwards/{Forward.objects.get().pk}/"  # type: ignore[attr-defined]
    assert {each: prices()[each] for each in (shop.coat, shop.scarf)} == {
        shop.coat: (297_00, True),
        shop.scarf: (310_00, False),
    }
    [kept] = list_price_rules(shop.daigou.id)
    assert (kept.sale_id, kept.fields) == (
        shop.sale_id,
        RuleFields(Decimal("1.5"), 3_00, PriceEnding.WHOLE, RoundingDirection.UP),
    )


def test_the_page_begins_with_the_rule_that_she_keeps_and_fills_in_what_has_no_price(
    shop: Selections, client: Client
) -> None:
    RetailPrice.objects.filter(style_id=shop.scarf).delete()
    address = f"/shop/sales/{shop.sale_id}/forward/"
    with set_to(NOW):
        assert typed(client.get(address)) == {shop.coat: "699.00", shop.scarf: ""}
    keep_price_rule(actor=shop.daigou.actor, sale_id=None, category_id=None, rule=RuleFields(Decimal("1.2")), now=NOW)
    with set_to(NOW):
        answer = client.get(address)
    assert typed(answer) == {shop.coat: "699.00", shop.scarf: "240.00"}
    assert answer.context["rule_form"]["factor"].value() == "1.2"


def test_questions_are_answered_once_for_all(shop: Selections, client: Client) -> None:
    form = {f"price-{shop.coat}": "1", f"price-{shop.scarf}": "1500"}
    with set_to(NOW):
        asked = client.post(f"/shop/sales/{shop.sale_id}/forward/", form)
        assert asked.context["asked_count"] == 2
        source = " ".join(asked.content.decode().split())
        assert "QH-88022 吊牌价才 ¥1,000.00，您标 ¥1,500.00，比吊牌还贵。确定吗？" in source
        assert not Forward.objects.exists()
        # The confirmation is for the prices that were asked about, not for one that was typed since.
        confirmed = {f"asked-{shop.coat}": "100", f"asked-{shop.scarf}": "150000", "confirm_all": "1"}
        client.post(f"/shop/sales/{shop.sale_id}/forward/", form | confirmed | {f"price-{shop.coat}": "2"})
    assert {prices()[each][0] for each in (shop.coat, shop.scarf)} == {699_00, 1500_00}
    with set_to(NOW):
        client.post(f"/shop/sales/{shop.sale_id}/forward/", form | confirmed)
    assert prices()[shop.coat] == (1_00, False)
    assert Forward.objects.count() == 1


def test_a_whole_sale_is_priced_by_rule_and_asks_on_one_page(shop: Selections, client: Client) -> None:
    address = f"/shop/sales/{shop.sale_id}/forward/"
    with set_to(NOW):
        asked = client.post(address, RULE | {"act": "whole", "factor": "6"})
        assert [each.style_id for each in asked.context["priced"].asked] == [shop.scarf]
        assert prices()[shop.scarf] == (299_00, True)
        version = asked.context["priced"].version
        answer = client.post(address, RULE | {"act": "whole", "factor": "6", "version": version}, follow=True)
    assert prices()[shop.scarf] == (1203_00, True)
    assert prices()[shop.coat] == (699_00, False)
    words = answer.content.decode()
    assert "已按规则定好 1 款的价" in words
    assert "您自己定价的 1 款没有动" in words
    assert PriceRule.objects.get().sale_id == shop.sale_id


def test_a_rule_that_makes_no_sense_is_a_fault_and_fills_in_nothing(shop: Selections, client: Client) -> None:
    for wrong in ({"factor": "0"}, {"factor": "x"}, {"add": "-1"}, {"ending": "seven"}, {"direction": "left"}):
        with set_to(NOW):
            answer = client.post(f"/shop/sales/{shop.sale_id}/forward/", RULE | wrong | {"act": "apply"})
            assert answer.context["rule_form"].errors, wrong
            assert typed(answer)[shop.scarf] == "299.00"
            client.post(f"/shop/sales/{shop.sale_id}/forward/", RULE | wrong | {"act": "whole"})
    assert prices()[shop.scarf] == (299_00, True)
    assert not PriceRule.objects.exists()


def test_picked_styles_go_on_to_pricing_and_to_one_page(shop: Selections, client: Client) -> None:
    picks = [f"{shop.hat_sale}-{shop.hat}", f"{shop.sale_id}-{shop.scarf}"]
    with set_to(NOW):
        answer = client.post("/shop/selection/pick/", {"pick": picks})
        assert answer.url == f"/shop/selection/?styles={'.'.join(picks)}"  # type: ignore[attr-defined]
        page = client.get(answer.url)  # type: ignore[attr-defined]
        assert typed(page) == {shop.hat: "129.00", shop.scarf: "299.00"}
        form = {"act": "save", f"price-{shop.hat}": "139", f"price-{shop.scarf}": "299"}
        made = client.post(answer.url, form, follow=True)  # type: ignore[attr-defined]
    forward = Forward.objects.get()
    assert made.redirect_chain == [(f"/shop/forwards/{forward.pk}/", 302)]
    assert list(forward.selected_styles.order_by("position").values_list("style_id", flat=True)) == [
        shop.hat,
        shop.scarf,
    ]
    assert "1 号 " in made.content.decode()
    assert prices()[shop.hat] == (139_00, False)


@pytest.mark.parametrize("picks", [[], ["x"], ["0-0"], [f"1-{number}" for number in range(1, 11)]])
def test_a_selection_that_cannot_be_forwarded_is_refused(shop: Selections, client: Client, picks: list[str]) -> None:
    with set_to(NOW):
        answer = client.post("/shop/selection/pick/", {"pick": picks, "back": "//elsewhere"}, follow=True)
    assert answer.redirect_chain == [("/shop/", 302)]
    assert "一次转发 1 至 9 款" in answer.content.decode()


def test_the_page_of_a_selection_without_styles_leads_to_the_lists(client: Client) -> None:
    for query in ("", "?styles=nothing"):
        with set_to(NOW):
            answer = client.get(f"/shop/selection/{query}")
        assert answer.url == "/shop/styles/"  # type: ignore[attr-defined]


def test_api_prices_by_rule_and_keeps_rules(shop: Selections) -> None:
    program = Caller(Person.objects.get(pk=shop.daigou.actor.own_id).login)
    rule = {"factor": "6.00", "add": "1.50", "ending": "point_nine", "direction": "down"}
    with set_to(NOW):
        asked = program.post("retail-prices/by-rule", {"sale_id": shop.sale_id, "rule": rule}).json()
        assert (asked["is_set"], asked["priced"], asked["kept"]) == (False, 1, 1)
        [goods] = asked["asked"]
        assert (goods["style_id"], goods["cost"], goods["price"], goods["profit"], goods["profit_percent"]) == (
            shop.scarf, "200.00", "1200.90", "1000.90", 83,
        )  # fmt: skip
        assert goods["questions"] == ["above_tag", "far_above_cost"]
        body = {"sale_id": shop.sale_id, "rule": rule, "confirmed_version": asked["version"]}
        assert program.post("retail-prices/by-rule", body).json()["is_set"]
        assert prices()[shop.scarf] == (1200_90, True)
        kept = program.put("price-rules", rule | {"sale_id": shop.sale_id}).json()
        assert (kept["factor"], kept["add"], kept["category_id"]) == ("6.00", "1.50", None)
        assert program.get("price-rules").json()["items"] == [kept]
        assert program.delete(f"price-rules/{kept['id']}").status_code == 204
        assert program.get("price-rules").json()["items"] == []
        assert program.put("price-rules", rule | {"factor": "0.10"}).status_code == 422
