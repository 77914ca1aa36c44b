"""What ops and finance do from the pages: the service is done, or the refusal stands at the form and what was typed is kept."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.rules import Actor
from aftersales.models.refunds import Refund
from brands.models import Brand
from brands.selectors.brands import get_brand
from flashsales.models import Sale, SaleItem
from flashsales.rules import Phase
from flashsales.selectors.sales import get_sale as sale_view
from flashsales.services.ending import close_ended
from forwarding.services.prices import set_retail_price
from inventory.models import Sku
from kernel.clock import set_to
from membership.models import InvitationCode
from membership.selectors.histories import tier_tables
from orders.selectors.consignments import list_consignments
from orders.selectors.orders import get_wallet_balance_fen
from orders.services.shipping import ship
from pricing.models import PriceControl
from pricing.rules.controls import Action, ControlFields
from pricing.services.price_rules import create_control
from settlement.models import Statement
from settlement.services.statements import confirm
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.one_time_codes import one_time_code
from treasury.models import MoneyRequest, TransferBatch


@pytest.fixture
def do(market: Marketplace) -> Callable[..., HttpResponse]:
    """Posts a form action to a page of the desk at an instant, and confirms it where the page asks; fields come without prefix."""

    def done(
        client: Client, page: str, form_action: str, *args: int, at: object = NOW, **typed: object
    ) -> HttpResponse:
        fields = {f"{form_action}-{name}": value for name, value in typed.items()}
        sent = {"form_action": form_action, **fields}
        with set_to(at):  # type: ignore[arg-type]
            answer = client.post(reverse(f"console:{page}", args=args), sent)
            if confirmation := re.search(r'name="confirmed" value="(\w+)"', answer.content.decode()):
                sent["confirmed"] = confirmation[1]
                answer = client.post(reverse(f"console:{page}", args=args), sent)
            return answer  # type: ignore[return-value]

    return done


def told(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


Do = Callable[..., HttpResponse]


def test_an_application_is_entered_and_admitted(ops: Client, do: Do) -> None:
    response = do(
        ops, "application", "apply",
        name="澜集", annual_sales_fen="56,000,000", offline_shops="132", commission_rate="18", contact="罗静",
    )  # fmt: skip
    row = Brand.objects.get(name="澜集")
    assert response.status_code == 302
    assert (row.annual_sales_fen, str(row.commission_rate)) == (56_000_000_00, "0.1800")
    assert do(ops, "brand", "admit", row.pk).status_code == 302
    assert get_brand(row.pk).status == "admitted"


def test_admitting_below_the_terms_is_refused_at_the_form(market: Marketplace, ops: Client, do: Do) -> None:
    do(ops, "application", "apply", name="小店", annual_sales_fen="100", offline_shops="1", commission_rate="10")
    small = Brand.objects.get(name="小店")
    assert "不符合入驻条件" in told(do(ops, "brand", "admit", small.pk))
    assert get_brand(small.pk).status == "applied"


def test_a_refused_application_keeps_what_was_typed(market: Marketplace, ops: Client, do: Do) -> None:
    taken = get_brand(market.brand_id).name
    page = told(
        do(
            ops,
            "application",
            "apply",
            name=taken,
            annual_sales_fen="31000000",
            offline_shops="77",
            commission_rate="12.5",
        )
    )
    assert "已经在册" in page
    assert 'value="31000000"' in page
    assert 'value="12.5"' in page
    assert Brand.objects.filter(name=taken).count() == 1


def test_the_deposit_is_entered_by_finance_only(
    market: Marketplace, ops: Client, finance: Client, desk: Callable[[Actor], Client], do: Do
) -> None:
    waiting = market.brand(deposit=False)
    assert do(ops, "brand", "deposit", waiting, amount_fen="10000", reference="CMB-1").status_code == 403
    assert get_brand(waiting).deposit_fen == 0
    do(finance, "brand", "deposit", waiting, amount_fen="10000", reference="CMB-1")
    request = MoneyRequest.objects.get(state="waiting")
    assert get_brand(waiting).deposit_fen == 0
    do(desk(market.second_finance), "money_request", "approve", request.pk)
    assert get_brand(waiting).deposit_fen == 10_000_00


def test_suspending_asks_for_a_reason(market: Marketplace, ops: Client, do: Do) -> None:
    assert do(ops, "brand", "suspend", market.brand_id, reason="").status_code == 200
    assert get_brand(market.brand_id).status == "admitted"
    do(ops, "brand", "suspend", market.brand_id, reason="多次超时发货")
    assert (get_brand(market.brand_id).status, get_brand(market.brand_id).reason) == ("suspended", "多次超时发货")


def test_a_floor_above_the_tag_is_refused_with_the_goods_named(market: Marketplace, ops: Client, do: Do) -> None:
    market.sku(tag_price_fen=200_00, base_price_fen=90_00, style_no="TOOLOW1")
    page = told(
        do(
            ops, "new_control", "control",
            brand_id=market.brand_id, scope=1, floor_fen="300", action=2, starts_on=NOW.date().isoformat(),
        )
    )  # fmt: skip
    assert "TOOLOW1" in page
    assert 'value="300"' in page
    assert PriceControl.objects.count() == 0


def test_a_control_is_entered_for_a_style_and_withdrawn(market: Marketplace, ops: Client, do: Do) -> None:
    market.sku(style_no="ST-77")
    do(
        ops, "new_control", "control",
        brand_id=market.brand_id, scope=4, style_no="ST-77", floor_rate="50", action=1, cut_rate="2",
        starts_on=NOW.date().isoformat(), season="不属于这个范围",
    )  # fmt: skip
    row = PriceControl.objects.get()
    assert (row.style.style_no if row.style else "", row.season, row.action) == ("ST-77", "", Action.CUT)
    do(ops, "control", "withdraw", row.pk)
    assert PriceControl.objects.get().withdrawn_at == NOW


def test_a_rule_is_entered_only_once_its_effect_was_shown_for_these_very_fields(
    market: Marketplace, ops: Client
) -> None:
    market.sku(tag_price_fen=599_00, base_price_fen=120_00)
    market.sku(tag_price_fen=599_00, base_price_fen=500_00)
    address = reverse("console:new_control")
    fields = {
        "form_action": "control", "control-brand_id": market.brand_id, "control-scope": 1, "control-floor_rate": "50",
        "control-action": 1, "control-starts_on": NOW.date().isoformat(),
    }  # fmt: skip
    with set_to(NOW):
        shown = ops.post(address, fields)
        preview = shown.context["preview"]
        assert (preview.effect.skus, preview.effect.cut.newly, preview.effect.broken.newly) == (2, 1, 0)
        assert "先看影响，还没有改动" in told(shown)
        assert "确认录入" in told(shown)
        assert not PriceControl.objects.exists()
        # Another floor than the one whose effect was shown is shown first as well.
        other = ops.post(address, fields | {"control-floor_rate": "90", "confirmed": preview.token})
        assert other.context["preview"].effect.cut.newly == 2
        assert not PriceControl.objects.exists()
        ops.post(address, fields | {"confirmed": preview.token})
        row = PriceControl.objects.get()
        page = reverse("console:control", args=[row.pk])
        shown = ops.post(page, {"form_action": "withdraw"})
        preview = shown.context["form_actions"].previews["withdraw"]
        assert (preview.effect.cut.no_longer, preview.effect.cut.after) == (1, 0)
        assert PriceControl.objects.get().withdrawn_at is None
        ops.post(page, {"form_action": "withdraw", "confirmed": preview.token})
    assert PriceControl.objects.get().withdrawn_at == NOW


def test_a_sale_is_published_with_what_is_to_know_before_it_in_sight(market: Marketplace, ops: Client) -> None:
    # 5 % less than ¥300 is under a floor of ¥290: only the discounts of VIP4 and VIP5 have the label cut.
    cut = market.sku(tag_price_fen=580_00, base_price_fen=300_00, style_no="ONLY-VIP")
    draft = market.draft(cut, market.sku(tag_price_fen=580_00, base_price_fen=400_00))
    tomorrow = NOW.date() + timedelta(days=1)
    for starts_on, rate in ((NOW.date(), "0.5"), (tomorrow, "0.69")):
        create_control(
            actor=market.ops,
            now=NOW,
            control=ControlFields(
                brand_id=market.brand_id, action=Action.CUT, starts_on=starts_on, floor_rate=Decimal(rate)
            ),
        )
    with set_to(NOW):
        page = ops.get(reverse("console:sale", args=[draft]))
    check = page.context["check"]
    assert (check.kept, check.cut, check.cut_by_discount) == (1, 1, 1)
    assert "1 个 SKU 只因等级优惠才低于控价而剪标" in told(page)
    assert "ONLY-VIP 黑 M" in told(page)
    [floor] = check.starting_controls
    assert (floor.skus, floor.changed) == (2, 1)
    assert "管到 2 个 SKU，其中 1 个届时会改变吊牌或价格" in told(page)
    with set_to(NOW):
        part = ops.get(reverse("console:publication_check", args=[draft]))
    assert part.context["check"] == check
    assert "ONLY-VIP 黑 M" in told(part)


def test_create_control_refuses_a_style_of_another_brand(market: Marketplace, ops: Client, do: Do) -> None:
    page = told(
        do(
            ops, "new_control", "control",
            brand_id=market.brand_id, scope=4, style_no="NOPE", floor_rate="50", action=1, starts_on=NOW.date().isoformat(),
        )
    )  # fmt: skip
    assert "没有款号 NOPE" in page


def test_a_tier_table_in_which_a_higher_tier_pays_more_is_refused(ops: Client, do: Do) -> None:
    page = told(
        do(
            ops, "terms", "terms", discounts="0 2 1 3 4 5", margin_rate="3", ending="yuan", from_at="2026-12-01T00:00",
        )
    )  # fmt: skip
    assert "VIP2" in page
    assert 'value="0 2 1 3 4 5"' in page


def test_a_draft_of_rules_is_started_filled_and_adopted(market: Marketplace, ops: Client, do: Do) -> None:
    market.sku()
    response = do(ops, "drafts", "start", name="双十二")
    draft_id = int(response["Location"].rsplit("=", 1)[1])
    with set_to(NOW):
        ops.post(
            reverse("console:new_control") + f"?draft={draft_id}",
            {
                "form_action": "control",
                "control-brand_id": market.brand_id,
                "control-scope": 1,
                "control-floor_rate": "40",
                "control-action": 1,
                "control-starts_on": NOW.date().isoformat(),
            },
        )
    assert PriceControl.objects.get().draft_id == draft_id
    do(ops, "drafts", "adopt", draft_id=draft_id)
    assert PriceControl.objects.get().draft_id is None


def test_a_sale_is_scheduled_filled_and_published(market: Marketplace, ops: Client, do: Do) -> None:
    sku, other = market.sku(units=30, style_no="A1"), market.sku(units=700, style_no="B1")
    response = do(
        ops, "schedule", "schedule",
        brand_id=market.brand_id, title="周末场", starts_at="2026-11-23T20:00", ending="nine", discounts="0 0 0 0 0 1",
    )  # fmt: skip
    row = Sale.objects.get()
    assert response["Location"] == reverse("console:sale_items", args=[row.pk])
    assert row.ends_at - row.starts_at == timedelta(hours=48)
    styles = list(house_styles(sku, other))
    with set_to(NOW):
        ops.post(
            reverse("console:sale_items", args=[row.pk]),
            {"add_items": "1", "style": styles, "max_units": "500", "limit": "3"},
        )
    planned = {item.sku_id: (item.planned, item.limit_units) for item in SaleItem.objects.filter(sale=row)}
    assert planned == {sku: (30, 3), other: (500, 3)}
    with set_to(NOW):
        prices = ops.get(reverse("console:sale_prices", args=[row.pk]))
        why = ops.get(reverse("console:why", args=[row.pk, sku, 5])).content.decode()
    assert prices.context["rows"][0].by_tier[5].wholesale_fen == 117_90
    assert "PRICE-5" in why
    assert "¥117.90" in why
    do(ops, "sale", "publish", row.pk)
    assert sale_view(row.pk, at=NOW).phase is Phase.WAITING


def house_styles(*sku_ids: int) -> list[int]:
    return list(Sku.objects.filter(pk__in=sku_ids).values_list("style_id", flat=True))


def test_units_and_limits_of_a_draft_are_changed_and_goods_taken_out(market: Marketplace, ops: Client) -> None:
    sku, other = market.sku(), market.sku()
    draft = market.draft(sku, other)
    address = reverse("console:sale_items", args=[draft])
    with set_to(NOW):
        ops.post(
            address,
            {"save": "1", f"units-{sku}": "4", f"limit-{sku}": "2", f"units-{other}": "10", f"limit-{other}": ""},
        )
        ops.post(address, {"remove_items": "1", "sku": [other]})
        page = ops.post(address, {"save": "1", f"units-{sku}": "0"})
    assert "件数须为 1 至" in told(page)
    item = SaleItem.objects.get(sale_id=draft)
    assert (item.sku_id, item.planned, item.limit_units) == (sku, 4, 2)


def test_nothing_chosen_is_told_and_changes_nothing(market: Marketplace, ops: Client) -> None:
    draft = market.draft(market.sku())
    with set_to(NOW):
        page = ops.post(reverse("console:sale_items", args=[draft]), {"add_items": "1"})
    assert "请先勾选" in told(page)


def test_publication_is_refused_with_the_goods_and_the_rule_named(market: Marketplace, ops: Client, do: Do) -> None:
    draft = market.draft(market.sku(style_no="KEEP-9", base_price_fen=100_00))
    with set_to(NOW):
        Sale.objects.filter(pk=draft).update(terms={"discounts": ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]})
    page = told(do(ops, "sale", "publish", draft))
    assert "KEEP-9" in page
    assert "PRICE-8" in page
    assert sale_view(draft, at=NOW).phase is Phase.DRAFT


def test_a_live_sale_is_extended_limited_and_ended(market: Marketplace, ops: Client, do: Do) -> None:
    sale = market.sale(market.sku())
    do(ops, "sale", "limit", sale, limit_units="6")
    do(ops, "sale", "extend", sale, ends_at="2026-11-24T20:00", reason="品牌补货")
    row = Sale.objects.get(pk=sale)
    assert (row.limit_units, row.ends_at.isoformat()) == (6, "2026-11-24T12:00:00+00:00")
    assert "请写明" not in told(do(ops, "sale", "extend", sale, ends_at="2026-11-23T20:00", reason="往前"))
    assert Sale.objects.get(pk=sale).ends_at == row.ends_at
    do(ops, "sale", "end_early", sale, reason="品牌撤货", at=NOW + HOUR)
    assert sale_view(sale, at=NOW + HOUR).phase is Phase.ENDED
    response = do(ops, "sale", "rerun", sale, starts_at="2026-11-26T20:00", at=NOW + HOUR)
    rerun = Sale.objects.get(rerun_of_id=sale)
    assert response["Location"] == reverse("console:sale", args=[rerun.pk])


def test_limits_of_single_skus_are_set_while_a_sale_runs(market: Marketplace, ops: Client, finance: Client) -> None:
    sku = market.sku()
    sale = market.sale(sku, limit_units=9)
    item, address = item_of(sale, sku), reverse("console:sale_items", args=[sale])
    with set_to(NOW):
        assert "不能进行此操作" in told(finance.post(address, {"save_limits": "1", f"item-{item}": "2"}))
        assert SaleItem.objects.get(pk=item).limit_units is None
        ops.post(address, {"save_limits": "1", f"item-{item}": "2"})
        assert SaleItem.objects.get(pk=item).limit_units == 2
        ops.post(address, {"save_limits": "1", f"item-{item}": ""})
    assert SaleItem.objects.get(pk=item).limit_units is None
    assert Sale.objects.get(pk=sale).limit_units == 9


def test_who_does_a_deed_is_told_to_those_who_may_not(market: Marketplace, finance: Client) -> None:
    with set_to(NOW):
        page = finance.get(reverse("console:brand", args=[market.brand_id])).content.decode()
    assert "由运营办理" in page
    assert 'data-form-action="suspend"' not in page
    assert 'data-form-action="deposit"' in page


def test_a_sale_with_orders_is_not_cancelled(market: Marketplace, ops: Client, do: Do) -> None:
    sku = market.sku()
    sale = market.sale(sku)
    market.reseller().grab(item_of(sale, sku))
    page = told(do(ops, "sale", "cancel", sale, reason="不卖了"))
    assert "已有 1 件被抢" in page
    assert "不卖了" in page
    assert sale_view(sale, at=NOW).phase is Phase.LIVE


def test_form_action_that_the_state_no_longer_allows_is_refused(market: Marketplace, ops: Client, do: Do) -> None:
    sale = market.sale(market.sku())
    page = told(do(ops, "sale", "extend", sale, ends_at="2026-11-30T20:00", reason="晚了一步", at=NOW + 49 * HOUR))
    assert "状态已变" in page
    assert Sale.objects.get(pk=sale).ends_at == NOW + 48 * HOUR


def test_the_watch_of_a_sale_that_ended_asks_for_a_new_page(market: Marketplace, ops: Client) -> None:
    sale = market.sale(market.sku())
    address = reverse("console:sale_watch", args=[sale])
    with set_to(NOW):
        assert "HX-Refresh" not in ops.get(address)
    with set_to(NOW + 49 * HOUR):
        assert ops.get(address)["HX-Refresh"] == "true"


def test_finance_enters_a_top_up_and_a_second_person_approves_it(
    market: Marketplace, ops: Client, finance: Client, desk: Callable[[Actor], Client], do: Do
) -> None:
    member = market.reseller()
    do(ops, "member", "top_up", member.id, amount_fen="88.50", reference="ICBC-1")
    assert get_wallet_balance_fen(member.id) == 0
    do(finance, "member", "top_up", member.id, amount_fen="88.50", reference="ICBC-1")
    assert get_wallet_balance_fen(member.id) == 0
    second, waiting = desk(market.second_finance), MoneyRequest.objects.get(state="waiting")
    do(second, "money_request", "approve", waiting.pk)
    assert get_wallet_balance_fen(member.id) == 88_50
    do(finance, "money_request", "reverse", waiting.pk, reason="录错")
    do(second, "money_request", "approve", MoneyRequest.objects.get(state="waiting").pk)
    assert get_wallet_balance_fen(member.id) == 0
    do(finance, "member", "top_up", member.id, amount_fen="3", reference="ICBC-3")
    do(second, "money_request", "refuse", MoneyRequest.objects.get(state="waiting").pk, reason="查无此款")
    do(finance, "member", "top_up", member.id, amount_fen="3", reference="ICBC-3")
    do(finance, "money_request", "cancel", MoneyRequest.objects.get(state="waiting").pk)
    assert get_wallet_balance_fen(member.id) == 0
    assert "金额须大于 0" in told(do(finance, "member", "top_up", member.id, amount_fen="-5", reference="ICBC-2"))


def test_a_code_is_issued_and_revoked(market: Marketplace, ops: Client, do: Do) -> None:
    do(ops, "codes", "issue", uses="7")
    code = InvitationCode.objects.get()
    assert code.uses == 7
    do(ops, "codes", "revoke", code_id=code.pk)
    assert InvitationCode.objects.get().revoked_at == NOW


def test_growth_is_adjusted_once_though_the_form_is_sent_twice(market: Marketplace, ops: Client, do: Do) -> None:
    member = market.reseller()
    for _ in range(2):
        do(ops, "member", "adjust", member.id, growth="60", reason="补发活动奖励", key="k1")
    with set_to(NOW):
        page = ops.get(reverse("console:member", args=[member.id]))
    assert page.context["membership"].growth == 60


def test_a_tier_table_begins_with_a_month_to_come(ops: Client, do: Do) -> None:
    typed = {
        "thresholds": "50 600 2000 6000 20000", "keep_amounts": "0 100 400 1200 4000", "keep_bonuses": "0 10 40 120 400",
        "window_months": "3", "fen_per_growth": "10", "unpaid_limits_fen": "1500 5000 1万 20000，35000 50000.50",
    }  # fmt: skip
    assert "2026-11-01" in told(do(ops, "tiers", "table", from_month="2026-11", **typed))
    do(ops, "tiers", "table", from_month="2026-12", **typed)
    with set_to(NOW):
        page = ops.get(reverse("console:tiers"))
    assert page.context["tables"][0][0].from_month == date(2026, 12, 1)
    assert [current for _table, _columns, current in page.context["tables"]] == [False, True]
    assert page.context["tables"][0][0].thresholds[1] == 600_000
    limits = (1_500_00, 5_000_00, 10_000_00, 20_000_00, 35_000_00, 50_000_50)
    assert page.context["tables"][0][0].unpaid_limits_fen == limits
    for wrong, sentence in (("1 2 3", "请填写六个金额"), ("6 5 4 3 2 1", "未付款上限不能逐级降低")):
        assert sentence in told(
            do(ops, "tiers", "table", from_month="2027-01", **(typed | {"unpaid_limits_fen": wrong}))
        )
    assert len(tier_tables()) == 2


def test_unshipped_units_are_refunded_once(market: Marketplace, ops: Client, finance: Client, do: Do) -> None:
    sku = market.sku()
    sale, member = market.sale(sku), market.reseller(wallet_fen=1_000_00)
    order = market.paid_order(member, item_of(sale, sku), units=2)
    typed = {"line_id": order.lines[0].id, "units": "1", "reason": "changed_mind", "note": "不要了", "key": "r1"}
    do(finance, "order", "refund", order.id, **typed)
    assert Refund.objects.count() == 0
    do(ops, "order", "refund", order.id, **typed)
    do(ops, "order", "refund", order.id, **typed)
    assert Refund.objects.count() == 1
    assert get_wallet_balance_fen(member.id) == 1_000_00 - order.lines[0].price_fen
    page = told(do(ops, "order", "refund", order.id, **(typed | {"units": "2", "key": "r2"})))
    assert "最多还能退 1 件" in page


def test_a_statement_is_drawn_up_settled_and_paid_out(
    market: Marketplace, ops: Client, finance: Client, desk: Callable[[Actor], Client], do: Do
) -> None:
    sku = market.sku()
    sale, member = market.sale(sku), market.reseller(wallet_fen=1_000_00)
    order = market.paid_order(member, item_of(sale, sku))
    parcel = list_consignments(at=NOW, brand_id=market.brand_id).items[0]
    assert parcel.order_id == order.id
    ship(actor=market.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no="SF10000001", now=NOW + HOUR)
    after = NOW + 49 * HOUR
    close_ended(now=after)
    do(ops, "statements", "generate_statement", sale_id=sale, at=after)
    statement = Statement.objects.get()
    assert "售后期到" in told(do(finance, "statement", "send", statement.pk, at=after))
    later = NOW + 10 * 24 * HOUR
    do(ops, "statement", "send", statement.pk, at=later)
    assert Statement.objects.get().state == "draft"
    do(finance, "statement", "send", statement.pk, at=later)
    confirm(actor=market.clerk, statement_id=statement.pk, now=later)
    do(finance, "statement", "settle", statement.pk, at=later)
    market.money.bank_account(brand_id=market.brand_id, now=later)
    do(finance, "statement", "pay_out", statement.pk, at=later)
    assert Statement.objects.get().state == "settled"
    waiting = MoneyRequest.objects.get(kind="payout")
    second = desk(market.second_finance)
    assert "先去绑定" in second.get(reverse("console:money_request", args=[waiting.pk])).content.decode()
    code = one_time_code(market.second_finance, now=later)
    do(second, "money_request", "approve", waiting.pk, code=code, at=later)
    with set_to(later):
        finance.post(reverse("console:transfer_batches"), {"request_ids": [waiting.pk], "action": "csv"})
        batch_id = TransferBatch.objects.get().pk
        downloaded = finance.post(reverse("console:transfer_batch_download", args=[batch_id]))
    assert "3310010120010000123" in downloaded.getvalue().decode()
    assert Statement.objects.get().state == "settled"
    do(finance, "transfer_batch", "confirm", batch_id, reference="PAY-1", at=later)
    row = Statement.objects.get()
    assert (row.state, row.payout_reference, row.payable_fen) == ("paid", "PAY-1", 96_00)
    workbook = finance.get(reverse("console:statement_workbook", args=[statement.pk]))
    assert workbook.getvalue()[:2] == b"PK"


def test_a_brand_by_month_gets_the_statement_of_a_month(
    market: Marketplace, ops: Client, finance: Client, do: Do
) -> None:
    before = NOW - 24 * HOUR
    typed = {"kind": "month", "from_date": NOW.date().isoformat()}
    assert "最早从明天起改" in told(do(ops, "brand", "settlement_terms", market.brand_id, **typed, at=NOW))
    do(ops, "brand", "settlement_terms", market.brand_id, **typed, at=before)
    assert f"从 {NOW.date()} 起" in ops.get(reverse("console:brand", args=[market.brand_id])).content.decode()
    sku = market.sku()
    market.paid_order(market.reseller(wallet_fen=1_000_00), item_of(market.sale(sku), sku))
    [parcel] = list_consignments(at=NOW, brand_id=market.brand_id).items
    ship(actor=market.clerk, consignment_id=parcel.id, carrier="顺丰", tracking_no="SF10000001", now=NOW + HOUR)
    close_ended(now=NOW + 49 * HOUR)
    later = NOW + 30 * 24 * HOUR
    with set_to(later):
        page = finance.get(reverse("console:statements"))
        assert [each.line_count for each in page.context["periods"]] == [1]
        assert page.context["unsettled"] == []
    do(finance, "statements", "generate_period", brand_id=market.brand_id, kind="month", day="2026-11-01", at=later)
    row = Statement.objects.get()
    assert (row.kind, str(row.first_date), row.sale_id, row.payable_fen) == ("month", "2026-11-01", None, 96_00)
    do(finance, "statement", "send", row.pk, at=later)
    with set_to(later):
        assert "2026-11" in finance.get(reverse("console:statement", args=[row.pk])).content.decode()
        assert "按月" in finance.get(reverse("console:statement_sheet", args=[row.pk])).content.decode()


def test_a_retail_price_under_a_floor_of_today_is_on_the_watch(market: Marketplace, ops: Client) -> None:
    sku = market.sku(tag_price_fen=599_00)
    sale, member = market.sale(sku), market.reseller()
    style_id = Sku.objects.get(pk=sku).style_id
    set_retail_price(actor=member.actor, sale_id=sale, style_id=style_id, price_fen=199_00, now=NOW)
    with set_to(NOW):
        assert ops.get(reverse("console:watch")).context["found"].retail == []
        create_control(
            actor=market.ops,
            now=NOW,
            control=ControlFields(
                brand_id=market.brand_id, action=Action.RAISE, starts_on=NOW.date(), floor_fen=300_00
            ),
        )
        found = ops.get(reverse("console:watch")).context["found"]
    [breach] = found.retail
    assert (breach.asked.price_fen, breach.floor_fen, breach.by_today) == (199_00, 300_00, True)
    [drift] = found.drifts
    assert (drift.rows[0].frozen, drift.rows[0].today) == ((114_00, 120_00), (300_00, 300_00))
