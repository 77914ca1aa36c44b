"""A reseller with a title and shipped orders, a brand with a paid statement, and finance: what tests of invoices begin with."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import openpyxl

from aftersales.rules import CaseReason
from aftersales.services import cases
from flashsales.services.ending import close_ended
from invoices.rules.titles import TitleFields, TitleKind
from invoices.selectors.askable import Choice
from invoices.selectors.exports import InvoiceExportView
from invoices.selectors.invoices import InvoiceView
from invoices.selectors.titles import TitleView
from invoices.services import exports, requests, results, titles
from invoices.services.results import ResultsView
from orders.models.shipping import Consignment
from orders.selectors.orders import OrderView
from orders.services.shipping import ship
from settlement.services.statements import generate_statement
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.statements import settle_draft
from treasury.selectors.requests import MoneyRequestView
from treasury.services.late_refunds import enter_late_refund

DAY = timedelta(days=1)
LATER = NOW + DAY
SETTLED = NOW + 20 * DAY
TAX_NUMBER = "91330106MA2B1C3D45"
COMPANY = TitleFields(TitleKind.COMPANY, "杭州小美商贸有限公司", TAX_NUMBER, email="fp@example.com")
PERSON = TitleFields(TitleKind.PERSON, "陈梅")
SPECIAL = TitleFields(
    TitleKind.COMPANY,
    "青禾服饰有限公司",
    TAX_NUMBER,
    "杭州市文三路 1 号",
    "0571-88880000",
    "中国银行文三路支行",
    "331001012001",
    is_special=True,
)
NUMBER = "26332000000012345678"


@dataclass
class Desk:
    """`order` is paid and shipped: three units of one line, at a price of `price_fen` each."""

    market: Marketplace = field(default_factory=Marketplace)
    her: Daigou = field(init=False)
    title: TitleView = field(init=False)
    sale_id: int = field(init=False)
    item_id: int = field(init=False)

    def __post_init__(self) -> None:
        self.her = self.market.reseller(wallet_fen=9000_00)
        self.title = titles.save_title(actor=self.her.actor, fields=COMPANY, now=NOW)
        sku = self.market.sku(units=60)
        self.sale_id = self.market.sale(sku)
        self.item_id = item_of(self.sale_id, sku)

    def order(self, units: int = 3, *, is_shipped: bool = True) -> OrderView:
        order = self.market.paid_order(self.her, self.item_id, units)
        if is_shipped:
            self.ship(order)
        return order

    def ship(self, order: OrderView, *, now: datetime = NOW) -> None:
        (consignment,) = Consignment.objects.filter(order_id=order.id)
        number = f"SF{order.id:08}"
        ship(actor=self.market.clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no=number, now=now)

    def refund(self, order: OrderView, amount_fen: int, *, key: str = "allow", now: datetime = LATER) -> None:
        """A part of the price of the only line, or all of it, goes back: goods are missing."""
        (line,) = order.lines
        case = cases.open_case(
            actor=self.her.actor,
            line_id=line.id,
            units=line.units if amount_fen == order.total_fen else 1,
            reason=CaseReason.MISSING,
            evidence="少件",
            key=key,
            now=now,
        )
        cases.refund_only(actor=self.market.ops, case_id=case.id, amount_fen=amount_fen, now=now)

    def enter_late_refund(
        self, order: OrderView, amount_fen: int, *, key: str = "late", now: datetime = SETTLED
    ) -> MoneyRequestView:
        (line,) = order.lines
        first = self.market.money.first
        return enter_late_refund(
            actor=first, line_id=line.id, amount_fen=amount_fen, reason="洗后开线", key=key, now=now
        )

    def refund_late(self, order: OrderView, amount_fen: int, *, key: str = "late", now: datetime = SETTLED) -> None:
        """A part of the price goes back after the statement of the only line was sent (SETTLE-15)."""
        self.market.money.approve(self.enter_late_refund(order, amount_fen, key=key, now=now), now=now)

    def ask(self, *orders: OrderView, key: str = "k", now: datetime = LATER) -> list[InvoiceView]:
        choice = Choice(order_ids=tuple(each.id for each in orders))
        return requests.request_goods(actor=self.her.actor, title_id=self.title.id, choice=choice, key=key, now=now)

    def export(self, *, now: datetime = LATER) -> list[InvoiceExportView]:
        return exports.export_requests(actor=self.market.finance, now=now)

    def issue(self, asked: InvoiceView, *, number: str = NUMBER, now: datetime = LATER) -> ResultsView:
        """Export what waits, and enter the number in the file that came out."""
        [made] = [each for each in self.export(now=now) if each.issuer_brand_id == asked.issuer_brand_id]
        return self.enter(self.filled(made, {asked.id: (number, f"{now:%Y-%m-%d}")}), now=now)

    def content(self, made: InvoiceExportView) -> bytes:
        return exports.download_export(actor=self.market.finance, export_id=made.id, now=LATER).content

    def filled(self, made: InvoiceExportView, filled: Mapping[int, tuple[str | None, str | None]]) -> bytes:
        """The file with number and day of requests filled in, by the id of the request."""
        book = openpyxl.load_workbook(io.BytesIO(self.content(made)))
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(min_row=2):
            number, day = filled.get(int(str(row[0].value)), (None, None))
            row[15].value, row[16].value = number, day
        data = io.BytesIO()
        book.save(data)
        return data.getvalue()

    def enter(self, data: bytes, *, now: datetime = LATER) -> ResultsView:
        return results.enter_results(actor=self.market.finance, filename="结果.xlsx", chunks=[data], now=now)

    def paid_statement(self, *, now: datetime = SETTLED) -> int:
        """The statement of the sale, paid to the brand."""
        close_ended(now=NOW + 3 * DAY)
        view = generate_statement(actor=self.market.finance, sale_id=self.sale_id, now=NOW + 3 * DAY)
        settle_draft(self.market, view.id, now=now)
        self.market.money.pay_out(view.id, f"ICBC-{view.id}", now=now)
        return view.id
