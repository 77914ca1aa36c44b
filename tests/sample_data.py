"""A service that has been used for weeks: every page has rows, and every state occurs. Written by the services that pages call.

`play(now, latin=True)` gives names and texts in Latin letters, so that every Chinese character of an English page is a fault.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.test import override_settings

from accounts.rules import SYSTEM, Actor, Role
from accounts.services.people import add_person
from aftersales.models.refunds import Substitute
from aftersales.rules import CaseReason
from aftersales.selectors.carrier_claims import list_claims
from aftersales.services import cases as aftersales_cases
from aftersales.services import enquiries, refunds
from aftersales.services.brand_enquiries import pass_to_brand
from aftersales.services.fault_reports import FaultFields, answer_report
from aftersales.services.shipping_reading import QUEUE, finish_reading
from aftersales.services.shipping_uploads import receive_shipping_upload
from analysis.rules import Days
from analysis.services.workbook_requests import request_workbook
from brands import services as brands
from closings.services.closing import request_closing_of_reseller
from events.models import Event
from events.rules.kinds import EventKind, Face
from flashsales.models import Reservation, SaleItem
from flashsales.rules.finder import StyleFilter
from flashsales.services import draws, ending, planning, publishing
from flashsales.services.draws import set_draw
from flashsales.services.head_start import set_head_start
from flashsales.services.saved_filters import save_filter
from flashsales.services.waiting_list import WaitingLine, ask_for
from flashsales.services.waiting_room import set_waiting_room
from forwarding.models import Wish
from forwarding.rules.channels import ShareKind
from forwarding.rules.pricing import RuleFields
from forwarding.rules.wishes import PickedUnits, WishState
from forwarding.selectors.wish_pages import get_wish_page
from forwarding.services import channels, prices, storefronts
from forwarding.services import forwards as forwarding_forwards
from forwarding.services import price_rules as price_rules_of_resellers
from forwarding.services import wishes as forwarding_wishes
from forwarding.services.fault_reports import report_fault
from forwarding.services.storefronts import StorefrontFields
from forwarding.services.wishes import WishFields
from imports import reconciliation_sheet, stock_sheet, tracking_sheet
from integrity.models import IntegrityRun
from integrity.selectors.runs import violation_json
from inventory.models import Category, Sku, Style, Upload
from inventory.services import stock as inventory_stock
from inventory.uploads import apply, receive, undo
from inventory.uploads.preview import build_preview
from kernel.integrity import Violation
from kernel.period import SHANGHAI, month_of, month_period, next_month
from ledger.models import ClosedDay, LedgerAccount
from ledger.rules import AccountKind
from ledger.services import close_due_days
from membership.rules.tiers import MILLI, Tier, TierTable
from membership.selectors.people import require_reseller
from membership.services import adjustments, invitations, rollover, tier_tables
from notices.models import Notice
from notices.rules import TOPICS, Channel, topics_of
from notices.services.choices import Chosen, choose
from orders.models.shipping import Carrier, Consignment, Parcel
from orders.selectors.carriers import carriers_of_sheets
from orders.selectors.orders import OrderView
from orders.services import grab as orders_grab
from orders.services import payment, shipping
from orders.services import recipients as orders_recipients
from orders.services.parcel_tracking import apply_reports, follow_parcels
from orders.services.placing import GrabLine
from orders.uploads.receive import receive_upload as receive_order_workbook
from payments.services.refunding import start_refund
from pricing.rules.commission import CommissionFields
from pricing.rules.controls import Action, ControlFields
from pricing.rules.terms import Ending, ListTerms
from pricing.services import drafts, price_rules
from settlement.models import StatementItem
from settlement.services import disputes
from settlement.services import statements as settlement
from settlement.uploads.queue import QUEUE as LIST_QUEUE
from settlement.uploads.reading import finish_reading as finish_list
from settlement.uploads.receive import receive_list
from tests.bank_statements.made import make_bank_statements
from tests.payments.made import make_bills, make_payments
from tests.rehearsals.ended import ended_rehearsal
from tests.sample_invoices import add_sample_invoices
from tests.two_people import TwoPeople
from tracking.rules import CarrierEvent, Report
from treasury.services.bank_accounts import AccountFields, approve_account, enter_own_account
from treasury.services.closes import compare_by_hand
from treasury.services.entering import enter_top_up
from treasury.services.withdrawals import request_withdrawal

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PASSWORD = "wei-cang-7788"
STYLES = [
    # style number, names, category, colours, sizes, tag and base price in yuan
    ("YS2401", "羊毛双面呢大衣 中长款", "Wool coat", "women-coats", (("驼色", "Camel"), ("黑色", "Black")), "S M L", 1299, 320),
    ("YS2402", "轻薄羽绒服 连帽", "Light down jacket", "women-coats", (("米白", "Off-white"),), "M L XL", 899, 210),
    ("YS2403", "圆领针织衫", "Crew neck knit", "women-tops", (("燕麦", "Oat"), ("酒红", "Wine"), ("藏青", "Navy")), "S M L", 399, 79),
    ("YS2404", "真丝衬衫", "Silk shirt", "women-tops", (("象牙白", "Ivory"),), "S M", 699, 148),
    ("YS2405", "法式碎花连衣裙", "Floral dress", "women-dresses", (("红色碎花", "Red floral"),), "S M L", 599, 118),
    ("YS2407", "羊绒围巾", "Cashmere scarf", "hats-scarves", (("灰色", "Grey"),), "F", 499, 129),
    ("YS2408", "打底衫", "Base layer", "women-tops", (("黑色", "Black"),), "S M L", 199, 39),
]  # fmt: skip


@dataclass
class SampleData:
    """Who may sign in, and the ids with which the addresses of pages are filled."""

    logins: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    token: str = ""
    wish_token: str = ""
    closed_token: str = ""
    storefront_token: str = ""
    wish_tokens: list[str] = field(default_factory=list)
    """Of the private pages of wishes: one was declined, one waits for an answer, one for a sold-out size."""


def create_sample_data(now: datetime, *, latin: bool = False) -> SampleData:
    return _SampleDataBuilder(now, latin).build()


class _SampleDataBuilder:
    def __init__(self, now: datetime, latin: bool) -> None:
        self.now, self.latin = now, latin
        self.data = SampleData()
        self.count = 0

    def text(self, zh: str, en: str) -> str:
        return en if self.latin else zh

    def key(self) -> str:
        self.count += 1
        return f"lived-{self.count}"

    def build(self) -> SampleData:
        long_ago = self.now - 60 * DAY
        self.ops = self.person("ops", Role.OPS, self.text("运营小周", "Zhou"), long_ago)
        self.finance = self.person("finance", Role.FINANCE, self.text("财务小吴", "Wu"), long_ago)
        second = add_person(
            actor=SYSTEM, login="finance2", name=self.text("财务小郑", "Zheng"), role=Role.FINANCE, password=PASSWORD, now=long_ago
        )  # fmt: skip
        self.money = TwoPeople(self.finance, second)
        self.brands(long_ago)
        self.stock(long_ago)
        self.rules(long_ago)
        self.people(long_ago)
        self.old_sales()
        self.sales_of_today()
        self.forwards()
        self.waiting(self.data.ids["sale_id"], self.now - timedelta(minutes=2))
        self.uploads()
        self.returned_lists()
        self.notices()
        self.integrity()
        self.money_for_a_paid_order(self.data.ids["order_id"])
        self.data.ids["rehearsal_id"] = ended_rehearsal(
            sale_id=self.data.ids["sale_id"],
            person_id=self.ops.own_id,
            now=self.now,
            goods=(self.text("双面呢大衣", "Wool coat"), self.text("驼色", "Camel")),
        )
        self.kept_filters()
        self.data.ids |= add_sample_invoices(
            her=self.chen,
            reseller_id=self.reseller_id,
            clerk=self.clerk,
            finance=self.finance,
            brand_id=self.brand_id,
            text=self.text,
            now=self.now,
        )
        self.figures()
        self.data.ids["recipient_id"] = self.recipients[0]
        self.data.ids["sku_id"] = Sku.objects.filter(style__style_no="YS2401").values_list("pk", flat=True)[0]
        return self.data

    def figures(self) -> None:
        """Closed days, the figures by day, and a workbook of them that waits. Nothing is posted into a day after this."""
        close_due_days(now=self.now)
        day = ClosedDay.objects.latest("day")
        compare_by_hand(actor=self.finance, day=day.day, now=self.now)
        wallet = LedgerAccount.objects.get(kind=AccountKind.WALLET.value, owner_id=self.reseller_id)
        today = self.now.astimezone(SHANGHAI).date()
        workbook = request_workbook(actor=self.clerk, days=Days(today - 6 * DAY, today), now=self.now)
        self.data.ids |= {"closed_day_id": day.pk, "ledger_account_id": wallet.pk, "workbook_id": workbook.id}

    def notices(self) -> None:
        """What she chose, and one notice that was sent and one that was not: their job reads committed events only."""
        wanted = [(topic, Channel.MAIL) for topic in topics_of(Face.SHOP)]
        chosen = Chosen(
            wanted, quiet_from=23 * 60, quiet_until=7 * 60, urgent_passes=True, max_per_day=20, language="en"
        )
        choose(actor=self.chen, chosen=chosen, now=self.now - 60 * DAY)
        paid, shipped = Event.objects.filter(for_reseller=True, reseller_id=self.reseller_id).order_by("pk")[:2]
        noon = datetime.combine(self.now.astimezone(SHANGHAI) - DAY, time(12), SHANGHAI)
        for event, state, why in ((paid, "sent", ""), (shipped, "skipped", "daily_limit")):
            is_sent = state == "sent"
            Notice.objects.create(
                event_id=event.pk, person_id=self.chen.own_id, channel=Channel.MAIL.value, topic=TOPICS[EventKind(event.kind)].value,
                subject_kind=event.subject_kind, subject_id=event.subject_id, occurred_at=event.occurred_at, created_at=noon,
                due_at=noon, next_attempt_at=noon, state=state, why=why, ended_at=noon, attempts=int(is_sent),
                claimed_at=noon if is_sent else None,
            )  # fmt: skip

    def integrity(self) -> None:
        """A finished run that names a row, as a page shows it; nothing is wrong with the row."""
        violation = Violation(
            1, "flashsales_saleitem", 1, "its units are 9, its movements add up to 8", "flashsales.units"
        )
        IntegrityRun.objects.create(
            requested_at=self.now, started_at=self.now, finished_at=self.now, seconds=1.2, xid=1, everything=True,
            violation_count=1, violations=[violation_json(violation)],
        )  # fmt: skip

    def person(self, login: str, role: Role, name: str, now: datetime) -> Actor:
        self.data.logins[role.value] = login
        actor = add_person(actor=SYSTEM, login=login, name=name, role=role, password=PASSWORD, now=now)
        self.data.ids.setdefault("person_id", actor.own_id)
        return actor

    def brands(self, now: datetime) -> None:
        self.brand_id = self.brand(self.text("云杉服饰", "Spruce"), now)
        brands.admit_brand(actor=self.ops, brand_id=self.brand_id, now=now)
        self.money.deposit(self.brand_id, 10_000_00, "DEP-1", now=now)
        self.clerk = brands.add_clerk(
            actor=self.ops, brand_id=self.brand_id, login="clerk", name=self.text("店员小林", "Lin"), password=PASSWORD, now=now
        )  # fmt: skip
        self.data.logins["brand"] = "clerk"
        inventory_stock.set_brand_categories(
            actor=self.ops, brand_id=self.brand_id, codes=["women", "accessories"], now=now
        )
        refused, suspended, waiting = (
            self.brand(self.text(zh, en), now)
            for zh, en in (("小铺", "Small shop"), ("停用", "Paused"), ("松果童装", "Pinecone"))
        )
        self.brand(self.text("澜集", "Lanji"), self.now - DAY)
        brands.refuse_brand(actor=self.ops, brand_id=refused, reason=self.text("门店太少", "Too few shops"), now=now)
        brands.admit_brand(actor=self.ops, brand_id=suspended, now=now)
        brands.suspend_brand(actor=self.ops, brand_id=suspended, reason=self.text("多次缺货", "Often short"), now=now)
        brands.admit_brand(actor=self.ops, brand_id=waiting, now=now)
        self.data.ids["brand_id"] = self.brand_id

    def brand(self, name: str, now: datetime) -> int:
        return brands.create_application(
            actor=self.ops,
            name=name,
            annual_sales_fen=30_000_000_00,
            offline_shops=80,
            commission_rate=Decimal("0.15"),
            contact=self.text("林经理 13800000000", "Ms Lin 13800000000"),
            now=now,
        ).id

    def stock(self, now: datetime) -> None:
        """Sixty of each SKU, from a workbook that the clerk sent."""
        lines = [
            self.line(style_no, self.text(zh, en), self.category(category), self.text(*colour), size, tag, base, 60)
            for style_no, zh, en, category, colours, sizes, tag, base in STYLES
            for colour in colours
            for size in sizes.split()
        ]
        upload_id = self.read(self.clerk, self.workbook(*lines), "first.csv", now)
        apply.apply_upload(actor=self.clerk, upload_id=upload_id, confirm_prices=True, now=now)
        Style.objects.update(season=self.text("秋", "AW"), year=2026)

    def category(self, code: str) -> str:
        category = Category.objects.get(code=code)
        return self.text(category.name_zh, category.name_en)

    def workbook(self, *lines: str) -> bytes:
        heading = self.text(
            "款号,品名,类目,颜色,尺码,条码,吊牌价,供货价,库存",
            "Style No,Name,Category,Color,Size,Barcode,Tag Price,Supply Price,Qty",
        )
        return "\n".join([heading, *lines]).encode("utf-8-sig")

    @staticmethod
    def line(
        style_no: str, name: str, category: str, colour: str, size: str, tag: object, base: object, quantity: object
    ) -> str:
        return f"{style_no},{name},{category},{colour},{size},,{tag},{base},{quantity}"

    def rules(self, now: datetime) -> None:
        coats, tops, dresses = (
            Category.objects.get(code=code).pk for code in ("women-coats", "women-tops", "women-dresses")
        )
        today = now.astimezone(SHANGHAI).date()
        common: dict[str, Any] = {"actor": self.ops, "now": now}
        brand_id = self.brand_id
        self.data.ids["control_id"] = price_rules.create_control(
            **common,
            control=ControlFields(
                brand_id=brand_id,
                action=Action.CUT,
                starts_on=today,
                category_id=coats,
                floor_rate=Decimal("0.5"),
                cut_rate=Decimal("0.02"),
            ),
        ).id
        price_rules.create_control(
            **common,
            control=ControlFields(
                brand_id=brand_id, action=Action.RAISE, starts_on=today, category_id=tops, floor_rate=Decimal("0.15")
            ),
        )
        ended = price_rules.create_control(
            **common,
            control=ControlFields(
                brand_id=brand_id,
                action=Action.EXCLUDE,
                starts_on=today,
                season=self.text("秋", "AW"),
                year=2026,
                floor_fen=1_00,
            ),
        )
        price_rules.end_control(actor=self.ops, control_id=ended.id, ends_on=today + timedelta(days=1), now=now)
        withdrawn = price_rules.create_control(
            **common,
            control=ControlFields(
                brand_id=brand_id, action=Action.RAISE, starts_on=today, category_id=dresses, floor_rate=Decimal("0.1")
            ),
        )
        price_rules.withdraw_control(actor=self.ops, control_id=withdrawn.id, now=now)
        price_rules.create_platform_terms(
            actor=self.ops,
            from_at=now,
            now=now,
            terms=ListTerms(
                discounts=tuple(Decimal(each) / 100 for each in range(6)),
                margin_rate=Decimal("0.02"),
                ending=Ending.JIAO,
            ),
        )
        price_rules.create_commission(
            actor=self.ops,
            now=now,
            commission=CommissionFields(rate=Decimal("0.16"), from_at=now, brand_id=self.brand_id, category_id=tops),
        )
        price_rules.create_commission(
            actor=self.ops, now=now, commission=CommissionFields(rate=Decimal("0.2"), from_at=now, category_id=dresses)
        )
        adopted, discarded, draft = (
            drafts.start_draft(actor=self.ops, name=self.text(zh, en), now=now).id
            for zh, en in (("双十一", "Singles day"), ("不用了", "Not needed"), ("围巾全部剪标", "Cut all scarves"))
        )
        drafts.adopt_draft(actor=self.ops, draft_id=adopted, now=now)
        drafts.discard_draft(actor=self.ops, draft_id=discarded, now=now)
        scarf = Style.objects.get(style_no="YS2407").pk
        price_rules.create_control(
            draft_id=draft,
            **common,
            control=ControlFields(
                brand_id=brand_id, action=Action.CUT, starts_on=today, style_id=scarf, floor_rate=Decimal("0.6")
            ),
        )
        self.data.ids["draft_id"] = draft

    def bank_statements(self) -> None:
        """A registered transfer, a statement with a line that nobody decided, and the preview of another."""
        self.data.ids |= make_bank_statements(
            finance=self.finance,
            reseller=self.chen,
            reseller_id=self.reseller_id,
            now=self.now,
            payer=self.text("王小美", "Wang"),
            fee=self.text("手续费", "fee"),
        )

    def people(self, now: datetime) -> None:
        house_code = invitations.issue_code(actor=self.ops, uses=20, now=now)
        self.chen = self.join("chen", self.text("陈小姐", "Ms Chen"), house_code.code, now)
        self.data.logins["reseller"] = "chen"
        self.reseller_id = self.data.ids["reseller_id"] = require_reseller(self.chen).id
        self.data.ids |= make_payments(self.reseller_id, now=self.now)
        self.data.ids["bill_id"] = make_bills(now=self.now)
        start_refund(
            actor=self.chen,
            payment_id=self.data.ids["payment_id"],
            at_most_fen=1_00,
            cause="choice:sample",
            reason="尾仓 · 原路退回",
            now=self.now,
        )
        self.money.top_up(self.reseller_id, 60_000_00, "BANK-0001", now=now)
        waiting = enter_top_up(
            actor=self.finance, reseller_id=self.reseller_id, amount_fen=80_00, reference="BANK-0004", now=self.now
        )
        self.data.ids["request_id"] = waiting.id
        self.withdrawals(now)
        fields = AccountFields(self.text("陈小姐", "Ms Chen"), "6222 0212 3456 7890 128", self.text("工商银行", "ICBC"))
        self.data.ids["account_id"] = enter_own_account(actor=self.chen, fields=fields, now=self.now).id
        self.bank_statements()
        adjustments.adjust_growth(
            actor=self.ops, reseller_id=self.reseller_id, milli=60 * MILLI, reason=self.text("迁入", "Moved in"),
            key="adjust-1", now=now,
        )  # fmt: skip
        own = invitations.issue_code(actor=self.chen, uses=5, now=now)
        friend = self.join("friend", self.text("王小姐", "Ms Wang"), own.code, now)
        adjustments.match_tier(
            actor=self.ops, reseller_id=require_reseller(friend).id, tier=Tier.VIP2, months=2,
            reason=self.text("别处的老会员", "Member elsewhere"), now=now,
        )  # fmt: skip
        self.data.ids["closing_id"] = request_closing_of_reseller(
            actor=self.finance, reseller_id=require_reseller(friend).id, reason=self.text("不做了", "Leaving"),
            key="closing-1", now=now,
        ).id  # fmt: skip
        revoked = invitations.issue_code(actor=self.ops, uses=3, now=now)
        invitations.revoke_code(actor=self.ops, code_id=revoked.id, now=now)
        invitations.issue_code(actor=self.ops, uses=1, expires_at=now + DAY, now=now)
        figures = {
            "thresholds": (50, 300, 1000, 3000, 10000), "keep_amounts": (0, 50, 150, 400, 1000), "keep_bonuses": (0, 10, 20, 30, 50)
        }  # fmt: skip
        in_milli: dict[str, Any] = {name: tuple(each * MILLI for each in row) for name, row in figures.items()}
        table = TierTable(next_month(month_of(self.now)), **in_milli)
        tier_tables.create_tier_table(actor=self.ops, table=table, now=self.now)
        for name, phone in (("王小美", "13800138000"), ("李雷", "13900139000")):
            self.recipient(self.text(name, {"王小美": "May Wang", "李雷": "Lei Li"}[name]), phone, now)

    def join(self, login: str, name: str, code: str, now: datetime) -> Actor:
        return invitations.join(login=login, name=name, password=PASSWORD, code=code, now=now)

    def recipient(self, name: str, phone: str, now: datetime) -> None:
        address = self.text("浙江省杭州市西湖区文三路 1 号", "1 Wensan Road, Xihu, Hangzhou, Zhejiang")
        row = orders_recipients.add_recipient(actor=self.chen, name=name, phone=phone, address=address, now=now)
        self.recipients = [*getattr(self, "recipients", []), row.id]

    def sale(self, title: str, starts_at: datetime, units: int, *style_nos: str, now: datetime, **options: Any) -> int:
        draft = planning.schedule(
            actor=self.ops, brand_id=self.brand_id, title=title, starts_at=starts_at, limit_units=20, now=now,
            **options,
        )  # fmt: skip
        skus = Sku.objects.filter(style__style_no__in=style_nos).order_by("pk")
        lines = [planning.PlannedUnits(sku.pk, units, 4 if sku.style.style_no == "YS2401" else None) for sku in skus]
        planning.add_items(actor=self.ops, sale_id=draft.id, lines=lines, now=now)
        return draft.id

    def publish(self, sale_id: int, now: datetime) -> int:
        publishing.publish(actor=self.ops, sale_id=sale_id, now=now)
        return sale_id

    def grab(self, sale_id: int, style_no: str, units: int, now: datetime, *, recipients: int = 1) -> OrderView:
        items = SaleItem.objects.filter(sale_id=sale_id, sku__style__style_no=style_no).order_by("pk")
        wanted = [
            GrabLine(items[place].pk, units, recipient) for place, recipient in enumerate(self.recipients[:recipients])
        ]
        return orders_grab.grab(actor=self.chen, lines=wanted, key=self.key(), now=now)

    def paid_for_one(self, sale_id: int, style_no: str, now: datetime, *, skus: int) -> OrderView:
        """An order of one unit of each of the first SKUs of a style, all for the first recipient."""
        items = SaleItem.objects.filter(sale_id=sale_id, sku__style__style_no=style_no).order_by("pk")[:skus]
        wanted = [GrabLine(each.pk, 1, self.recipients[0]) for each in items]
        order = orders_grab.grab(actor=self.chen, lines=wanted, key=self.key(), now=now)
        return payment.pay(actor=self.chen, order_id=order.id, now=now)

    def paid(self, sale_id: int, style_no: str, units: int, now: datetime, *, recipients: int = 1) -> OrderView:
        order = self.grab(sale_id, style_no, units, now, recipients=recipients)
        return payment.pay(actor=self.chen, order_id=order.id, now=now)

    def withdrawals(self, now: datetime) -> None:
        """One that waits for finance, and one that waits for a file."""
        before = now - timedelta(days=3)
        fields = AccountFields(self.text("陈小姐", "Ms Chen"), "6222 0210 0100 0000 007", self.text("建设银行", "CCB"))
        account = enter_own_account(actor=self.chen, fields=fields, now=before)
        approve_account(actor=self.money.second, account_id=account.id, now=before)
        request_withdrawal(actor=self.chen, amount_fen=150_00, key="waits", now=now)
        approved = request_withdrawal(actor=self.chen, amount_fen=150_00, key="approved", now=now)
        self.money.approve(approved, now=now)

    def money_for_a_paid_order(self, order_id: int) -> None:
        """A transfer that came after its order was paid from the wallet."""
        self.money.top_up(self.reseller_id, 120_00, "BANK-0002", order_id=order_id, now=self.now)

    def ship(self, order: OrderView, now: datetime) -> None:
        for place, parcel in enumerate(Consignment.objects.filter(order_id=order.id).order_by("pk")):
            shipping.ship(
                actor=self.clerk, consignment_id=parcel.pk, carrier="顺丰速运", tracking_no=f"SF{order.id:08d}{place}", now=now
            )  # fmt: skip

    def disputed(self, statement_id: int, now: datetime) -> None:
        """A statement that was sent and of which the brand disputes one line."""
        settlement.send(actor=self.finance, statement_id=statement_id, now=now)
        item = StatementItem.objects.filter(statement=statement_id, payable_fen__gt=0).order_by("line_id")[0]
        reason = self.text("少算一件", "One unit is missing")
        lines = [disputes.DisputeDraft(item.line_id, item.payable_fen + 1_00, reason)]
        disputes.dispute(actor=self.clerk, statement_id=statement_id, lines=lines, now=now)
        self.data.ids["disputed_statement_id"] = statement_id
        self.compared(statement_id, now)

    def compared(self, statement_id: int, now: datetime) -> None:
        """Reconciliation lists for a statement: one with a difference of each kind, and one that asks about its columns."""
        first, *others = StatementItem.objects.filter(statement=statement_id).order_by("line_id")
        rows = [
            f"{first.line_id},2,{first.payable_fen / 100 + 1:.2f}",
            "999999,1,5.00",
            *(f"{each.line_id},x,1.00" for each in others[1:]),
        ]
        lists = {
            "comparison_id": "\n".join(["LineNo,Units,Payable", *rows]),
            "asked_comparison_id": f"LineNo,Ours\n{first.line_id},1.00\n",
        }
        for name, text in lists.items():
            data = text.encode()
            view = receive_list(
                actor=self.clerk, statement_id=statement_id, filename="ours.csv", chunks=[data], now=now
            )
            job = LIST_QUEUE.claim(view.id, now=now)
            assert job is not None
            finish_list(job, reconciliation_sheet.read(data, "ours.csv"), lambda: now)
            self.data.ids[name] = view.id

    def old_sales(self) -> None:
        """Sales that are over: paid out, settled, disputed, due to be sent, drawn, and without a statement."""
        for title, age in (
            (self.text("云杉九月专场", "September sale"), 40 * DAY),
            (self.text("云杉十月专场", "October sale"), 16 * DAY),
            (self.text("云杉周一专场", "Monday sale"), 13 * DAY),
            (self.text("云杉周中专场", "Midweek sale"), 9 * DAY),
            (self.text("云杉周末专场", "Weekend sale"), 6 * DAY),
            (self.text("云杉返场", "Short sale"), 4 * DAY),
        ):
            start = self.now - age
            sale_id = self.publish(self.sale(title, start, 5, "YS2403", "YS2404", now=start - HOUR), start - HOUR)
            order = self.paid(sale_id, "YS2404", 2, start + HOUR)
            part = self.paid(sale_id, "YS2403", 3, start + HOUR, recipients=2)
            refunds.refund_unshipped(
                actor=self.ops, line_id=part.lines[0].id, units=1, note=self.text("不要了", "Changed her mind"),
                key=self.key(), now=start + 2 * HOUR,
            )  # fmt: skip
            self.ship(order, start + 3 * HOUR)
            self.ship(part, start + 3 * HOUR)
            if age == 4 * DAY:
                refunds.report_out_of_stock(
                    actor=self.clerk, line_id=self.paid(sale_id, "YS2403", 1, start + 4 * HOUR).lines[0].id, units=1,
                    note="", key=self.key(), now=start + 5 * HOUR,
                )  # fmt: skip
            ending.close_ended(now=start + 49 * HOUR)
            self.data.ids["ended_sale_id"] = sale_id
            if age > 4 * DAY:
                statement = settlement.generate_statement(actor=self.finance, sale_id=sale_id, now=start + 50 * HOUR)
                self.data.ids.setdefault("statement_id", statement.id)
                if age == 9 * DAY:
                    self.data.ids["due_statement_id"] = statement.id
                if age == 13 * DAY:
                    self.disputed(statement.id, start + 12 * DAY)
                if age > 13 * DAY:
                    settlement.send(actor=self.finance, statement_id=statement.id, now=start + 11 * DAY)
                    settlement.confirm(actor=self.clerk, statement_id=statement.id, now=start + 11 * DAY)
                    settlement.settle(actor=self.finance, statement_id=statement.id, now=start + 11 * DAY)
                    self.data.ids["settled_statement_id"] = statement.id
                if age > 16 * DAY:
                    fields = AccountFields(
                        self.text("云杉服饰", "Spruce"), "331001012001", self.text("中国银行", "Bank of China")
                    )
                    self.money.bank_account(brand_id=self.brand_id, now=start + 20 * DAY, fields=fields)
                    paid = self.money.pay_out(statement.id, "PAYOUT-1", now=start + 21 * DAY)
                    self.data.ids["batch_id"] = paid.batch_id or 0
        month = month_of(self.now)
        # In the first hour of a month an hour ago was another month.
        rolled_over_at = max(self.now - HOUR, month_period(month).starts_at)
        rollover.roll_over_month(actor=SYSTEM, month=month, now=rolled_over_at)

    def sales_of_today(self) -> None:
        now, start = self.now, self.now - 40 * HOUR
        live = self.publish(
            self.sale(self.text("云杉秋冬外套专场", "Autumn coats"), start, 10, "YS2401", "YS2402", "YS2405", now=start - HOUR),
            start - HOUR,
        )  # fmt: skip
        for zh, en, at, options in (
            ("云杉配饰返季专场", "Scarves", now + 20 * HOUR, {"preview_at": now - HOUR}),
            ("云杉打底衫专场", "Base layers", now + 90 * HOUR, {"preview_at": now + 80 * HOUR}),
            ("换期取消", "Called off", now + 200 * HOUR, {"preview_at": now + 190 * HOUR}),
        ):
            style = {"Scarves": "YS2407", "Base layers": "YS2408", "Called off": "YS2408"}[en]
            sale_id = self.sale(self.text(zh, en), at, 4, style, now=now - 2 * HOUR, **options)
            if en == "Scarves":
                set_head_start(actor=self.ops, sale_id=sale_id, minutes=[0, 0, 0, 5, 10, 15], now=now - 2 * HOUR)
                set_waiting_room(actor=self.ops, sale_id=sale_id, admission_rate=20, now=now - 2 * HOUR)
            self.publish(sale_id, now - 2 * HOUR)
            self.data.ids.setdefault("preview_sale_id", sale_id)
            if en == "Called off":
                ending.cancel(actor=self.ops, sale_id=sale_id, reason=self.text("换期", "Moved"), now=now - HOUR)
        drawn = self.sale(
            self.text("云杉针织抽签专场", "Knits by draw"),
            now + 30 * HOUR,
            1,
            "YS2403",
            now=now - 2 * HOUR,
            preview_at=now - HOUR,
        )
        set_draw(actor=self.ops, sale_id=drawn, entry_minutes=30, codes=["YS2403"], now=now - 2 * HOUR)
        self.publish(drawn, now - 2 * HOUR)
        item_id = SaleItem.objects.filter(sale_id=drawn).order_by("pk")[0].pk
        number = draws.enter(actor=self.chen, item_id=item_id, units=1, now=now - HOUR / 2)
        self.data.ids |= {"draw_sale_id": drawn, "draw_entry_id": number}
        draft = self.sale(self.text("云杉衬衫专场", "Shirts"), now + 50 * HOUR, 4, "YS2404", now=now - 2 * HOUR)
        planning.price_draft(actor=self.ops, sale_id=draft, now=now - 2 * HOUR)
        price_rules.create_platform_terms(
            actor=self.ops,
            from_at=now - HOUR,
            now=now - HOUR,
            terms=ListTerms(
                discounts=tuple(Decimal(each) / 100 for each in range(6)),
                margin_rate=Decimal("0.02"),
                ending=Ending.YUAN,
            ),
        )
        self.data.ids |= {"sale_id": live, "draft_sale_id": draft}
        self.data.ids["style_id"] = Style.objects.get(style_no="YS2401").pk
        self.data.ids["item_id"] = SaleItem.objects.filter(sale_id=live).order_by("pk")[0].pk

        shipped = self.paid(live, "YS2405", 8, start + HOUR, recipients=1)
        self.ship(shipped, start + 2 * HOUR)
        self.track(start + 2 * HOUR)
        self.cases(shipped, start + 3 * HOUR)
        self.paid(live, "YS2402", 1, start + HOUR, recipients=2)
        self.paid(live, "YS2402", 1, now - HOUR)
        self.substitute(live, now - HOUR)
        orders_grab.cancel_unpaid(actor=self.chen, order_id=self.grab(live, "YS2401", 1, now - HOUR).id, now=now - HOUR)
        self.unpaid = self.grab(live, "YS2401", 1, now - timedelta(minutes=5))
        self.data.ids |= {"order_id": shipped.id, "line_id": shipped.lines[0].id, "unpaid_order_id": self.unpaid.id}
        self.data.ids["carrier_id"] = Carrier.objects.get(code="YTOKY").pk
        self.data.ids["parcel_id"] = Parcel.objects.order_by("pk")[0].pk
        self.data.ids["consignment_id"] = Consignment.objects.filter(state="to_ship").order_by("pk")[0].pk

    def waiting(self, sale_id: int, now: datetime) -> None:
        """Two sizes of the dress that somebody else took whole: she and a customer of hers wait for one, and one piece of the other is
        kept for her."""
        code = invitations.issue_code(actor=self.ops, uses=1, now=now - 60 * DAY)
        other = self.join("su", self.text("苏小姐", "Ms Su"), code.code, now - 60 * DAY)
        self.money.top_up(require_reseller(other).id, 10_000_00, "BANK-0003", now=now)
        address = self.text("浙江省杭州市西湖区文三路 9 号", "9 Wensan Road, Xihu, Hangzhou, Zhejiang")
        recipient = orders_recipients.add_recipient(
            actor=other, name=self.text("苏小姐", "Ms Su"), phone="13600136000", address=address, now=now
        )
        small, _, large = SaleItem.objects.filter(sale_id=sale_id, sku__style__style_no="YS2405").order_by("pk")
        orders = [
            orders_grab.grab(actor=other, lines=[GrabLine(item, units, recipient.id)], key=self.key(), now=now)
            for item, units in ((small.pk, small.available), (large.pk, 1), (large.pk, large.available - 1))
        ]
        wish = forwarding_wishes.create_wish(
            token=self.data.token, lines=[PickedUnits(small.pk, 1)],
            fields=WishFields(self.text("何小姐", "Ms He"), address=f"{self.text('何小姐', 'Ms He')} 13700137001 {address}"),
            visitor="waits", network="", key="waiting wish", may_wait=True, now=now,
        )  # fmt: skip
        self.data.wish_tokens.append(wish.token)
        lines = [
            WaitingLine(small.pk, 2),
            WaitingLine(large.pk, 1, f"recipient:{self.recipients[0]}"),
            WaitingLine(small.pk, 1, f"wishes:{wish.id}"),
        ]
        entries = ask_for(actor=self.chen, lines=lines, now=now)
        orders_grab.cancel_unpaid(actor=other, order_id=orders[1].id, now=now)
        reservation = Reservation.objects.get(entry=entries[1])
        self.data.ids |= {"entry_id": entries[0], "reservation_id": reservation.pk}
        self.data.ids |= {"waited_style_id": small.style_id, "waited_item_id": small.pk}

    def track(self, now: datetime) -> None:
        """The carrier reports that it cannot reach the recipient of a parcel."""
        with override_settings(KUAIDI100_CUSTOMER="customer", KUAIDI100_KEY="key"):
            follow_parcels(now=now)
        parcel = Parcel.objects.exclude(tracked=None).order_by("pk")[0]
        event = CarrierEvent(now + HOUR, "206", self.text("联系不上收件人", "The recipient does not answer"))
        report = Report(companies=("shunfeng",), number=parcel.tracking_no, events=(event,))
        apply_reports(reports={parcel.tracked_id or 0: report}, is_push=True, now=now + HOUR)

    def cases(self, order: OrderView, now: datetime) -> None:
        """One case in each state, all of them about the line of one order."""

        def ask(units: int = 1) -> int:
            return aftersales_cases.open_case(
                actor=self.chen, line_id=order.lines[0].id, units=units, reason=CaseReason.FAULTY,
                evidence=self.text("袖口脱线", "A loose sleeve"), key=self.key(), now=now,
            ).id  # fmt: skip

        def agreed() -> int:
            case_id = ask()
            home = self.text("杭州市余杭区仓前路 1 号 退货组", "Returns, 1 Cangqian Road, Hangzhou")
            aftersales_cases.approve(actor=self.ops, case_id=case_id, return_address=home, now=now)
            return case_id

        def sent_back() -> int:
            case_id = agreed()
            aftersales_cases.send_back(
                actor=self.chen, case_id=case_id, carrier="ZTO", tracking_no=f"ZT{case_id:08d}", now=now + HOUR
            )
            return case_id

        aftersales_cases.reject(actor=self.ops, case_id=ask(), reason=self.text("照片看不清", "No picture"), now=now)
        aftersales_cases.withdraw(actor=self.chen, case_id=ask(), now=now)
        aftersales_cases.refund_only(actor=self.ops, case_id=ask(), now=now) if order.lines[
            0
        ].price_fen <= 100_00 else None
        done, received = sent_back(), sent_back()
        aftersales_cases.receive_and_refund(actor=self.ops, case_id=done, now=now + 2 * HOUR)
        aftersales_cases.receive(actor=self.clerk, case_id=received, now=now + 2 * HOUR)
        self.carrier_claim(order, now)
        self.data.ids |= {"asked_case_id": ask(), "case_id": agreed(), "sent_back_case_id": sent_back()}
        self.enquiries(order, now)

    def substitute(self, sale_id: int, now: datetime) -> None:
        """A jacket that is short, for which the brand offers the next size; she has not answered yet."""
        other = SaleItem.objects.filter(sale_id=sale_id, sku__style__style_no="YS2402").order_by("pk")[1]
        refunds.report_out_of_stock(
            actor=self.clerk,
            line_id=self.paid(sale_id, "YS2402", 1, now).lines[0].id,
            units=1,
            note="",
            key=self.key(),
            substitute_item_id=other.pk,
            now=now,
        )
        self.data.ids["substitute_id"] = Substitute.objects.get().pk

    def carrier_claim(self, order: OrderView, now: datetime) -> None:
        """A part of a price that was refunded at the carrier's cost, and is claimed from it."""
        case_id = aftersales_cases.open_case(
            actor=self.chen, line_id=order.lines[0].id, units=1, reason=CaseReason.DAMAGED,
            evidence=self.text("外箱压坏", "A crushed box"), key=self.key(), now=now,
        ).id  # fmt: skip
        aftersales_cases.refund_only(actor=self.ops, case_id=case_id, amount_fen=20_00, now=now)
        self.data.ids["claim_id"] = list_claims().items[0].id

    def enquiries(self, order: OrderView, now: datetime) -> None:
        """One enquiry that waits, and one that was answered."""
        asked = [
            enquiries.open_enquiry(
                actor=self.chen, text=self.text("什么时候到？", "When does it arrive?"), order_id=order.id, key=f"ask-{n}", now=now
            ).summary.id
            for n in range(2)
        ]  # fmt: skip
        answer = self.text("明天到", "Tomorrow")
        enquiries.add_message(actor=self.ops, enquiry_id=asked[0], text=answer, key="answer", now=now + HOUR)
        for enquiry_id in asked:
            note = self.text("请看一下发货了没有", "Please look whether it was shipped")
            pass_to_brand(actor=self.ops, enquiry_id=enquiry_id, brand_id=self.brand_id, note=note, now=now + HOUR)
        self.data.ids |= {"enquiry_id": asked[0], "asked_enquiry_id": asked[1]}

    def returned_lists(self) -> None:
        """A shipping list whose carrier nobody knows, one that names no carrier, and a workbook of orders that waits."""
        now = self.now - HOUR
        consignment_id = Consignment.objects.filter(brand=self.brand_id, state="to_ship").values_list("pk", flat=True)[
            0
        ]
        lists = {
            "shipping_upload_id": f"ConsignmentNo,Carrier,Tracking Number\n{consignment_id},Fastbird,SF1380013800099\n",
            "asked_shipping_upload_id": f"ConsignmentNo,Tracking Number\n{consignment_id},SF1380013800099\n",
        }
        for name, text in lists.items():
            data = text.encode()
            upload = receive_shipping_upload(actor=self.clerk, filename="list.csv", chunks=[data], now=now)
            job = QUEUE.claim(upload.id, now=now)
            assert job is not None
            # Read in this process, as stock is.
            finish_reading(job, tracking_sheet.read(data, "list.csv", carriers=carriers_of_sheets()), lambda: now)
            self.data.ids[name] = upload.id
        receive_order_workbook(actor=self.chen, filename="orders.csv", chunks=[b"Name,Phone\n"], now=now)

    def forwards(self) -> None:
        sale_id, coat = self.data.ids["sale_id"], self.data.ids["style_id"]
        dress = Style.objects.get(style_no="YS2405").pk
        now = self.now - HOUR
        for style_id, fen in ((coat, 699_00), (dress, 259_00)):
            prices.set_retail_price(actor=self.chen, sale_id=sale_id, style_id=style_id, price_fen=fen, now=now)
        # Entered after the price was set: today's rules say more than what the sale froze.
        price_rules.create_control(
            actor=self.ops,
            now=now,
            control=ControlFields(
                brand_id=self.brand_id,
                action=Action.RAISE,
                style_id=dress,
                floor_rate=Decimal("0.6"),
                starts_on=now.astimezone(SHANGHAI).date(),
            ),
        )
        one = forwarding_forwards.create_forward(actor=self.chen, sale_id=sale_id, style_id=coat, now=now)
        whole = forwarding_forwards.create_forward(actor=self.chen, sale_id=sale_id, style_id=None, now=now)
        stopped = forwarding_forwards.create_forward(actor=self.chen, sale_id=sale_id, style_id=dress, now=now)
        forwarding_forwards.stop_forward(actor=self.chen, forward_id=stopped.id, now=now)
        self.data.token, self.data.closed_token = whole.token, stopped.token
        self.data.ids["forward_id"] = one.id
        forwarding_forwards.count_view(forward_id=one.id, visitor="v", channel="g", now=now)
        channels.add_channel(actor=self.chen, name=self.text("宝妈群", "Mothers"), now=now)
        channels.record_share(actor=self.chen, forward_id=one.id, kind=ShareKind.TEXT, channel="", now=now)
        storefronts.open_storefront(actor=self.chen, now=now)
        fields = StorefrontFields(
            self.text("小陈的店", "Chen's picks"), self.text("现货两天内发", "Shipped within two days")
        )
        self.data.storefront_token = storefronts.describe_storefront(actor=self.chen, fields=fields, now=now).token
        rule = price_rules_of_resellers.keep_price_rule(
            actor=self.chen, sale_id=None, category_id=None, rule=RuleFields(Decimal("1.5")), now=now
        )
        self.data.ids["price_rule_id"] = rule.id
        wishes = [
            forwarding_wishes.create_wish(
                token=one.token, lines=[PickedUnits(self.data.ids["item_id"], 1)],
                fields=WishFields(self.text("李小姐", "Ms Li"), "13700137000", note=self.text("周末前要", "Before Sunday")),
                visitor=f"v{place}", network="", key=f"wish-{place}", now=now,
            ).id
            for place in range(4)
        ]  # fmt: skip
        forwarding_wishes.link_order(actor=self.chen, wish_id=wishes[0], order_id=self.unpaid.id, now=now)
        forwarding_wishes.answer_wish(actor=self.chen, wish_id=wishes[1], state=WishState.DECLINED, now=now)
        forwarding_wishes.link_order(actor=self.chen, wish_id=wishes[2], order_id=self.unpaid.id, now=now)
        forwarding_wishes.answer_wish(actor=self.chen, wish_id=wishes[2], state=WishState.DONE, now=now)
        self.data.ids["wish_id"] = wishes[3]
        self.data.wish_tokens = [Wish.objects.get(pk=wish_id).token for wish_id in (wishes[1], wishes[3])]
        self.shipped_wish(whole.token, sale_id, now)

    def kept_filters(self) -> None:
        """A filter that was saved before the live sale opened, so that its styles are new, and one that finds nothing."""
        before = self.now - timedelta(days=30)
        for name, words in ((self.text("厚大衣", "Warm coats"), ""), (self.text("没有", "Nothing"), "no-such")):
            found = save_filter(
                actor=self.chen, name=name, filters=StyleFilter(words=words, available=True), now=before
            )
            self.data.ids["filter_id"] = found.pk

    def shipped_wish(self, token: str, sale_id: int, now: datetime) -> None:
        """A wish for two coats that were shipped; a fault of the first one was reported, another report was answered."""
        items = SaleItem.objects.filter(sale_id=sale_id, sku__style__style_no="YS2401").order_by("pk")[:2]
        wish = forwarding_wishes.create_wish(
            token=token, lines=[PickedUnits(each.pk, 1) for each in items], fields=WishFields(self.text("李小姐", "Ms Li"), "13700137000"),
            visitor="shipped", network="", key="shipped wish", now=now,
        )  # fmt: skip
        order = self.paid_for_one(sale_id, "YS2401", now, skus=2)
        forwarding_wishes.link_order(actor=self.chen, wish_id=wish.id, order_id=order.id, now=now)
        self.ship(order, now)
        self.data.wish_token = wish.token
        lines = get_wish_page(wish.token, at=now).lines
        self.data.ids["wish_line_id"] = lines[1].id
        answered, waiting = (
            report_fault(
                token=wish.token, wish_line_id=lines[place].id, files=[], network="", key=f"fault-{place}", now=now,
                fields=FaultFields(1, CaseReason.FAULTY, self.text("袖口脱线", "A loose thread")),
            )
            for place in (1, 0)
        )  # fmt: skip
        said = self.text("剪掉线头就好", "Cut it off")
        answer_report(actor=self.chen, report_id=answered, answer=said, now=now)
        self.data.ids["report_id"] = waiting

    def uploads(self) -> None:
        """Uploads in every state; a workbook that asks belongs to a clerk of another brand, since a brand has one open upload."""
        now = self.now - 3 * HOUR
        name, colour, tops = (
            self.text("圆领针织衫", "Crew neck knit"),
            self.text("燕麦", "Oat"),
            self.category("women-tops"),
        )

        def line(style_no: str, size: str, tag: object, base: object, quantity: object) -> str:
            return self.line(style_no, name, tops, colour, size, tag, base, quantity)

        applied = self.read(
            self.clerk, self.workbook(line("YS2409", "S", 299, 60, 10), line("YS2409", "M", 299, 60, 4)), "a.csv", now
        )
        apply.apply_upload(actor=self.clerk, upload_id=applied, confirm_prices=True, now=now)
        undone = self.read(self.clerk, self.workbook(line("YS2409", "S", 299, 60, 3)), "b.csv", now + HOUR / 4)
        apply.apply_upload(actor=self.clerk, upload_id=undone, confirm_prices=True, now=now + HOUR / 4)
        undo.undo_upload(actor=self.clerk, upload_id=undone, now=now + HOUR / 3)
        cancelled = self.read(self.clerk, self.workbook(line("YS2409", "S", 299, 60, 3)), "c.csv", now + HOUR / 2)
        receive.cancel_upload(actor=self.clerk, upload_id=cancelled, now=now + HOUR / 2)
        self.data.ids["upload_id"] = self.read(
            self.clerk,
            self.workbook(
                "", line("YS2403", "S", 399, 79, 55), line("YS2409", "S", 299, 6, 10), line("YS2409", "M", 329, 60, 4),
                line("YS2410", "S", 299, 60, "x"), line("YS2410", "M", 299, 360, 2), line("YS2411", "M", 299, 66, 2),
                self.text("小计", "Total") + ",,,,,,,,73",
            ),
            "d.csv", now + HOUR,
        )  # fmt: skip
        self.data.ids["applied_upload_id"] = applied

    def read(self, clerk: Actor, data: bytes, filename: str, now: datetime) -> int:
        """Read in this process, as `upload_and_apply_in_process` does: starting a child process for each would take most of the time."""
        upload_id = receive.receive_upload(actor=clerk, filename=filename, chunks=[data], now=now).id
        row = Upload.objects.get(pk=upload_id)
        with transaction.atomic():
            counts = build_preview(row, stock_sheet.read(data, filename))
            Upload.objects.filter(pk=upload_id).update(state="preview", **counts)
        return upload_id
