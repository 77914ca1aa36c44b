"""Builders of people, brands, stock, sales and orders for the tests. They call the services that pages and endpoints call."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from accounts.models import Person
from accounts.rules import SYSTEM, Actor, Role
from accounts.services.people import add_person
from brands import services as brands
from events.models import Event
from events.rules.kinds import SubjectKind
from flashsales.models import SaleItem
from flashsales.services import planning, publishing
from inventory.models import Category, Sku, Style
from inventory.services.stock import adjust
from kernel.integrity import Violation
from kernel.period import month_of
from ledger.rules import Approval
from membership.models import Reseller
from membership.selectors.people import require_reseller
from membership.services import invitations
from orders.models.recipients import Recipient
from orders.selectors.orders import OrderView
from orders.services import grab as orders_grab
from orders.services import payment, recipients
from orders.services.placing import GrabLine
from settlement.models import Statement
from tests.built_once import built_once, built_once_class
from tests.two_people import TwoPeople
from tests.violations import all_violations
from treasury.selectors.requests import MoneyRequestView

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
PASSWORD = "wei-cang-2026"
_count = itertools.count(1)


@built_once
def person(role: Role, *, now: datetime = NOW) -> Actor:
    number = next(_count)
    return add_person(
        actor=SYSTEM,
        login=f"{role.value}{number}",
        name=f"{role.value} {number}",
        role=role,
        password=PASSWORD,
        now=now,
    )


def all_violations_of_parts() -> list[Violation]:
    """All violations, but for those of money that a test books without a request (`approval_by`)."""
    return [each for each in all_violations() if each.code != "treasury.posting_request"]


def approval_by(actor: Actor) -> Approval:
    """What a booking needs besides its actor: somebody else, whom no test asks about, entered it."""
    return Approval(request_id=1, entered_by_id=0, approved_by=actor)


def forget(entered: MoneyRequestView) -> None:
    """Delete what was told of money that only builds a test, so that inboxes hold what the test does."""
    Event.objects.filter(subject_kind=SubjectKind.MONEY_REQUEST.value, subject_id=entered.id).delete()


@built_once_class
@dataclass
class Marketplace:
    """A marketplace with ops, two people in finance, one admitted brand with its deposit in, and its clerk."""

    now: datetime = NOW
    ops: Actor = field(init=False)
    finance: Actor = field(init=False)
    second_finance: Actor = field(init=False)
    brand_id: int = field(init=False)
    clerk: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.ops, self.finance = person(Role.OPS, now=self.now), person(Role.FINANCE, now=self.now)
        self.second_finance = person(Role.FINANCE, now=self.now)
        self.brand_id = self.brand()
        self.clerk = self.new_clerk(self.brand_id)

    @property
    def money(self) -> TwoPeople:
        return TwoPeople(self.finance, self.second_finance)

    @built_once
    def brand(self, *, name: str = "", commission_rate: str = "0.20", deposit: bool = True) -> int:
        """An admitted brand; without its deposit where a test wants that."""
        view = brands.create_application(
            actor=self.ops,
            name=name or f"品牌 {next(_count)}",
            annual_sales_fen=30_000_000_00,
            offline_shops=120,
            commission_rate=Decimal(commission_rate),
            now=self.now,
        )
        brands.admit_brand(actor=self.ops, brand_id=view.id, now=self.now)
        if deposit:
            forget(self.money.deposit(view.id, 10_000_00, f"bank-{view.id}", now=self.now))
        return view.id

    @built_once
    def new_clerk(self, brand_id: int) -> Actor:
        return brands.add_clerk(
            actor=self.ops,
            brand_id=brand_id,
            login=f"clerk{next(_count)}",
            name="店员",
            password=PASSWORD,
            now=self.now,
        )

    @built_once
    def sku(
        self,
        *,
        units: int = 10,
        tag_price_fen: int = 599_00,
        base_price_fen: int = 120_00,
        style_no: str = "",
        colour: str = "黑",
        size: str = "M",
        category: str = "women-tops",
        brand_id: int | None = None,
    ) -> int:
        """A SKU with units on hand."""
        brand_id = brand_id or self.brand_id
        style, _ = Style.objects.get_or_create(
            brand_id=brand_id,
            style_no=style_no or f"ST{next(_count)}",
            defaults={"name": "针织衫", "category": Category.objects.get(code=category)},
        )
        row = Sku.objects.create(
            brand_id=brand_id,
            style=style,
            colour=colour,
            size=size,
            tag_price_fen=tag_price_fen,
            base_price_fen=base_price_fen,
        )
        adjust(actor=self.ops, sku_id=row.pk, units=units, reason="盘点", key=f"test-{row.pk}", now=self.now)
        return row.pk

    @built_once
    def draft(
        self,
        *sku_ids: int,
        units: int | None = None,
        limit_units: int | None = None,
        item_limit: int | None = None,
        starts_at: datetime | None = None,
        brand_id: int | None = None,
    ) -> int:
        """A draft that offers all units on hand of these SKUs, or `units` of each."""
        sale = planning.schedule(
            actor=self.ops,
            brand_id=brand_id or self.brand_id,
            title="冬季尾货专场",
            starts_at=starts_at or self.now,
            limit_units=limit_units,
            now=self.now,
        )
        on_hand = dict(Sku.objects.filter(pk__in=sku_ids).values_list("pk", "on_hand"))
        lines = [planning.PlannedUnits(sku, units or on_hand[sku], item_limit) for sku in sku_ids]
        planning.add_items(actor=self.ops, sale_id=sale.id, lines=lines, now=self.now)
        return sale.id

    @built_once
    def sale(
        self,
        *sku_ids: int,
        units: int | None = None,
        limit_units: int | None = None,
        item_limit: int | None = None,
        starts_at: datetime | None = None,
        brand_id: int | None = None,
    ) -> int:
        """A published sale, live from `now` on unless it starts later."""
        sale_id = self.draft(
            *sku_ids,
            units=units,
            limit_units=limit_units,
            item_limit=item_limit,
            starts_at=starts_at,
            brand_id=brand_id,
        )
        publishing.publish(actor=self.ops, sale_id=sale_id, now=self.now)
        return sale_id

    @built_once
    def reseller(self, *, wallet_fen: int = 0) -> "Daigou":
        """A new member with a recipient, and money where a test wants it."""
        code = invitations.issue_code(actor=self.ops, uses=1, now=self.now)
        number = next(_count)
        actor = invitations.join(
            login=f"daigou{number}", name=f"代购 {number}", password=PASSWORD, code=code.code, now=self.now
        )
        reseller_id = require_reseller(actor).id
        recipient = recipients.add_recipient(
            actor=actor, name="王小美", phone="13800138000", address="浙江省杭州市西湖区文三路 1 号", now=self.now
        )
        daigou = Daigou(actor, reseller_id, recipient.id)
        if wallet_fen:
            self.top_up(daigou, wallet_fen)
        return daigou

    @built_once
    def invitees(self, inviter: "Daigou", count: int) -> list["Daigou"]:
        """Members on trial whom one VIP invited over many months, with a recipient each; made in bulk."""
        people = Person.objects.bulk_create(
            Person(login=f"invitee{next(_count)}", name=f"被邀请人 {n}", role=Role.RESELLER.value, created_at=self.now)
            for n in range(count)
        )
        rows = Reseller.objects.bulk_create(
            Reseller(person=each, joined_at=self.now, rolled_over_through=month_of(self.now), invited_by_id=inviter.id)
            for each in people
        )
        places = Recipient.objects.bulk_create(
            Recipient(reseller=row, name="王小美", phone="13800138000", address="浙江省杭州市西湖区文三路 1 号")
            for row in rows
        )
        return [
            Daigou(Actor(each.pk, Role.RESELLER, each.name), row.pk, place.pk)
            for each, row, place in zip(people, rows, places, strict=True)
        ]

    @built_once
    def top_up(self, daigou: "Daigou", amount_fen: int) -> None:
        forget(self.money.top_up(daigou.id, amount_fen, f"top-up-{next(_count)}", now=self.now))

    @built_once
    def paid_order(self, daigou: "Daigou", item_id: int, units: int = 1) -> OrderView:
        order = daigou.grab(item_id, units, now=self.now)
        return payment.pay(actor=daigou.actor, order_id=order.id, now=self.now)


@dataclass
class Daigou:
    """A reseller with one recipient."""

    actor: Actor
    id: int
    recipient_id: int

    @built_once
    def grab(self, item_id: int, units: int = 1, *, key: str = "", now: datetime = NOW) -> OrderView:
        wanted = [GrabLine(item_id, units, self.recipient_id)]
        return orders_grab.grab(actor=self.actor, lines=wanted, key=key or f"key-{next(_count)}", now=now)


def settled_statement(market: Marketplace) -> int:
    """A settled statement over ¥1.00, without lines and without its postings."""
    row = Statement.objects.create(
        sale_id=market.sale(market.sku()), brand_id=market.brand_id, state="settled", units=0, refunded_units=0,
        sold_fen=1_00, refunded_fen=0, commission_fen=0, payable_fen=1_00, generated_at=NOW, settleable_from=NOW, settled_at=NOW,
    )  # fmt: skip
    return row.pk


def item_of(sale_id: int, sku_id: int) -> int:
    return SaleItem.objects.get(sale_id=sale_id, sku_id=sku_id).pk


def units_of(item_id: int) -> tuple[int, int, int, int]:
    """Allotted, available, held, sold."""
    row = SaleItem.objects.get(pk=item_id)
    return row.allotted, row.available, row.held, row.sold
