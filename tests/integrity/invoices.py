"""Invoices in every state, for the marketplace that has lived."""

from datetime import datetime, timedelta

from aftersales.rules import CaseReason
from aftersales.services import cases
from invoices.rules.states import Issuer
from invoices.rules.titles import TitleFields, TitleKind
from invoices.selectors.askable import Choice
from invoices.selectors.invoices import InvoiceView, get_invoice
from invoices.services import corrections, exports, issuing, red_letters, requests, terms, titles
from orders.models.shipping import Consignment
from orders.selectors.orders import OrderView
from orders.services import shipping
from tests.builders import Daigou, Marketplace, item_of

COMPANY = TitleFields(TitleKind.COMPANY, "杭州小美商贸有限公司", "91330106MA2B1C3D45")
PERSON = TitleFields(TitleKind.PERSON, "陈梅")


def add_invoices(market: Marketplace, her: Daigou, *, now: datetime, settled_at: datetime) -> dict[str, int]:
    """One request in each state, with a red letter done and one needed, one to be corrected, and one for fees; their ids.

    `now`: when she buys and asks; `settled_at`: when a statement of the brand is paid.
    """
    title = titles.save_title(actor=her.actor, fields=COMPANY, now=now)
    sku = market.sku(units=12)
    item_id = item_of(market.sale(sku), sku)
    orders = [_shipped(market, her, item_id, number, now) for number in range(6)]
    finance = market.finance

    def ask(order: OrderView, key: str) -> InvoiceView:
        choice = Choice(order_ids=(order.id,))
        [asked] = requests.request_goods(actor=her.actor, title_id=title.id, choice=choice, key=key, now=now)
        return asked

    withdrawn = requests.withdraw_request(actor=her.actor, request_id=ask(orders[0], "withdrawn").id, now=now)
    refused = issuing.refuse_request(
        actor=finance, request_id=ask(orders[0], "refused").id, reason="抬头与开票资料不符", now=now
    )
    issued, red = ask(orders[1], "issued"), ask(orders[2], "red")
    exported, wrong = ask(orders[3], "exported"), ask(orders[5], "wrong")
    exports.export_requests(actor=finance, now=now)
    for number, each in enumerate((issued, red, wrong)):
        issuing.issue_invoice(
            actor=finance,
            request_id=each.id,
            number=f"2633200000001234567{number}",
            issued_on=now.date(),
            now=now,
        )
    for key, fen in (("red", 3_00), ("more", 2_00)):
        _refund(market, her, orders[2], fen, key, now)
        if key == "red":
            red_letters.record_red_letter(
                actor=finance, request_id=red.id, number="26332000000012345699", amount_fen=fen, now=now
            )
    red_letters.find_red_letters(now=now)
    requested = ask(orders[4], "requested")
    right = titles.save_title(actor=her.actor, fields=PERSON, now=now)
    for each in (issued, wrong):
        corrections.ask_correction(actor=her.actor, request_id=each.id, title_id=right.id, reason="要开给个人", now=now)
    reversed_ = corrections.reverse_invoice(
        actor=finance, request_id=wrong.id, number="26332000000012345698", amount_fen=wrong.amount_fen, now=now
    )
    requests.withdraw_request(actor=her.actor, request_id=reversed_.replaced_by_id or 0, now=now)
    brand = titles.save_title(actor=market.clerk, fields=COMPANY, now=settled_at)
    [fees] = requests.request_fees(actor=market.clerk, title_id=brand.id, key="fees", now=settled_at)
    terms.set_issuer(actor=finance, brand_id=market.brand(name="代开品牌"), issuer=Issuer.PLATFORM, now=now)
    made = get_invoice(exported.id)
    return {
        "withdrawn": withdrawn.id,
        "refused": refused.id,
        "issued": issued.id,
        "red": red.id,
        "reversed": wrong.id,
        "exported": exported.id,
        "requested": requested.id,
        "fees": fees.id,
        "export": made.export_id or 0,
        "title": title.id,
        "brand_title": brand.id,
    }


def _shipped(market: Marketplace, her: Daigou, item_id: int, number: int, now: datetime) -> OrderView:
    order = market.paid_order(her, item_id)
    (consignment,) = Consignment.objects.filter(order_id=order.id)
    shipping.ship(
        actor=market.clerk,
        consignment_id=consignment.pk,
        carrier="顺丰",
        tracking_no=f"SF77700{number}0",
        now=now,
    )
    return order


def _refund(market: Marketplace, her: Daigou, order: OrderView, fen: int, key: str, now: datetime) -> None:
    (line,) = order.lines
    case = cases.open_case(
        actor=her.actor,
        line_id=line.id,
        units=1,
        reason=CaseReason.MISSING,
        evidence="少一条腰带",
        key=f"invoice-{key}",
        now=now + timedelta(minutes=1),
    )
    cases.refund_only(actor=market.ops, case_id=case.id, amount_fen=fen, now=now + timedelta(minutes=1))
