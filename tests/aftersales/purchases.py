"""A paid and shipped order: where the tests of cases begin."""

import datetime as dt
from dataclasses import dataclass, field

from aftersales.rules import CaseReason
from aftersales.services import cases
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.models.lines import OrderLine
from orders.models.shipping import Consignment
from orders.selectors.orders import OrderView
from orders.services import shipping
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of
from tests.built_once import built_once, built_once_class

DAY = dt.timedelta(days=1)
SHIPPED = NOW + HOUR
HOME = "浙江省杭州市余杭区仓前路 1 号 退货组"


@built_once_class
@dataclass
class Purchase:
    """An order of three units that is paid and shipped; options for a cut label, another number, and no shipment."""

    cut: bool = False
    units: int = 3
    ship: bool = True
    market: Marketplace = field(init=False)
    daigou: Daigou = field(init=False)
    order: OrderView = field(init=False)
    sku: int = field(init=False)
    sale_id: int = field(init=False)

    def __post_init__(self) -> None:
        self.market = Marketplace()
        self.sku = self.market.sku(units=10, base_price_fen=100_00, style_no="QH9")
        self.sale_id = self.market.sale(self.sku)
        self.daigou = self.market.reseller(wallet_fen=3000_00)
        self.order = self.market.paid_order(self.daigou, item_of(self.sale_id, self.sku), self.units)
        if self.cut:
            # What the grab freezes on a line is tried in tests/orders; here only its consequence counts.
            OrderLine.objects.update(labelling="cut", retail_floor_fen=None)
        if self.ship:
            self.ship_it()

    @built_once
    def ship_it(self) -> None:
        parcel = Consignment.objects.get()
        shipping.ship(
            actor=self.market.clerk, consignment_id=parcel.pk, carrier="顺丰", tracking_no="SF123456", now=SHIPPED
        )

    @property
    def line_id(self) -> int:
        return self.order.lines[0].id

    @property
    def price_fen(self) -> int:
        return self.order.lines[0].price_fen

    @built_once
    def open_case(
        self,
        reason: CaseReason = CaseReason.FAULTY,
        *,
        units: int = 1,
        evidence: str = "袖口脱线",
        key: str = "ask",
        now: dt.datetime = SHIPPED,
    ) -> int:
        return cases.open_case(
            actor=self.daigou.actor,
            line_id=self.line_id,
            units=units,
            reason=reason,
            evidence=evidence,
            key=key,
            now=now,
        ).id

    @built_once
    def approved_case(self, *, units: int = 1, now: dt.datetime = SHIPPED) -> int:
        case_id = self.open_case(units=units, now=now)
        cases.approve(actor=self.market.ops, case_id=case_id, return_address=HOME, now=now)
        return case_id

    @built_once
    def sent_back_case(self, *, units: int = 1) -> int:
        case_id = self.approved_case(units=units)
        cases.send_back(
            actor=self.daigou.actor, case_id=case_id, carrier="中通快递", tracking_no="ZT0000001", now=SHIPPED + DAY
        )
        return case_id

    def payable_fen(self) -> int:
        return get_balance_fen(AccountRef(AccountKind.BRAND_PAYABLE, self.market.brand_id))
