"""What ops and finance do: sales, stock, price rules, members, settlement."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from accounts.rules import Actor
from closings.models import AccountClosing
from closings.services import closing
from flashsales.models import Sale, SaleItem
from flashsales.services import draws, ending, planning, publishing
from inventory.models import Category, Sku, Style
from inventory.services import stock
from kernel.period import SHANGHAI
from membership.models import InvitationCode
from membership.rules.tiers import Tier
from membership.selectors.people import require_reseller
from membership.services import adjustments, invitations
from orders.services import recipients
from pricing.models import PriceControl
from pricing.rules.commission import CommissionFields
from pricing.rules.controls import Action, ControlFields
from pricing.rules.terms import Ending, ListTerms
from pricing.services import price_rules
from settlement.models import Statement, StatementDispute, StatementItem
from settlement.services import disputes
from settlement.services import statements as settlement
from tests.builders import PASSWORD, Daigou
from tests.journeys.random_play.buying import standing_requests
from tests.journeys.random_play.player import Call, NothingThereError, Player, WeightedActs
from tests.one_time_codes import one_time_code
from tests.two_people import ACCOUNT, CARD
from treasury.models import MoneyRequest, TransferBatch
from treasury.rules.batches import BatchFormat
from treasury.rules.requests import MONEY_OUT, RETURNABLE
from treasury.selectors.batches import ready_requests
from treasury.services import adjustments as adjustments_of_money
from treasury.services import bank_returns, batches, deciding, deposits, entering
from treasury.services.bank_accounts import approve_account, enter_account_of_brand, enter_account_of_reseller

DISCOUNTS = ((0, 0, 0, 0, 0, 0), (0, 1, 2, 3, 4, 5), (0, 2, 4, 6, 8, 10))
MAX_RESELLERS = 9
MIN_RESELLERS = 4
"""So many stay, whoever leaves."""


def _live(player: Player) -> int:
    return player.id(Sale.objects.filter(state="published", ends_at__gt=player.now))


def publish_sale(player: Player) -> Call:
    """A sale of some of a brand's goods, at times with a draw of one style: planned, filled and published."""
    brand_id = player.pick(list(player.world.clerks))
    if player.chance(0.7) and Sale.objects.filter(brand=brand_id, state="published", ends_at__gt=player.now).exists():
        raise NothingThereError
    skus = player.some(player.world.skus_of(brand_id), 12)
    free = dict(Sku.objects.filter(pk__in=skus).values_list("pk", "on_hand"))
    hours, ops, limit = player.dice.randint(3, 96), player.world.market.ops, player.pick((None, 40))
    lines = [
        planning.PlannedUnits(sku, min(free[sku], player.dice.randint(2, 30)), player.pick((None, None, 10)))
        for sku in skus
        if free[sku]
    ]

    drawn = Sku.objects.filter(pk=lines[0].sku_id).values_list("style__style_no", flat=True) if lines else []
    codes = list(drawn) if player.chance(0.5) else []
    minutes = player.dice.randint(10, 60)

    def schedule_and_publish(*, now: object) -> None:
        sale = planning.schedule(
            actor=ops, brand_id=brand_id, title="尾货专场", starts_at=player.now, limit_units=limit,
            ends_at=player.now + timedelta(hours=hours), now=player.now,
        )  # fmt: skip
        planning.add_items(actor=ops, sale_id=sale.id, lines=lines, now=player.now)
        if codes:
            draws.set_draw(actor=ops, sale_id=sale.id, entry_minutes=minutes, codes=codes, now=player.now)
        publishing.publish(actor=ops, sale_id=sale.id, now=player.now)

    return Call(schedule_and_publish, {}, is_once=False, leaves_traces=True)


def publish_draft(player: Player) -> Call:
    sale_id = player.id(Sale.objects.filter(state="draft"))
    return Call(publishing.publish, {"actor": player.world.market.ops, "sale_id": sale_id})


def rerun(player: Player) -> Call:
    sale_id = player.id(Sale.objects.filter(closed_at__isnull=False))
    arguments = {"sale_id": sale_id, "starts_at": player.now}
    return Call(planning.rerun, {"actor": player.world.market.ops, **arguments}, is_once=False)


def extend(player: Player) -> Call:
    sale: Sale = player.row(Sale.objects.filter(state="published", ends_at__gt=player.now - timedelta(hours=6)))
    ends_at = sale.ends_at + timedelta(minutes=player.dice.randint(-30, 600))
    arguments = {"sale_id": sale.pk, "ends_at": ends_at, "reason": "卖得好"}
    return Call(ending.extend, {"actor": player.world.market.ops, **arguments})


def end_early(player: Player) -> Call:
    arguments = {"sale_id": _live(player), "reason": "品牌要求"}
    return Call(ending.end_early, {"actor": player.world.market.ops, **arguments})


def cancel_sale(player: Player) -> Call:
    arguments = {"sale_id": player.id(Sale.objects.exclude(state="cancelled")), "reason": "品牌要求"}
    return Call(ending.cancel, {"actor": player.world.market.ops, **arguments})


def set_limits(player: Player) -> Call:
    sale_id = _live(player)
    skus = list(SaleItem.objects.filter(sale=sale_id).values_list("sku", flat=True)[:2])
    arguments = {
        "limit_units": player.pick((None, 30, 60)),
        "item_limits": dict.fromkeys(skus, player.pick((None, 15))),
    }
    return Call(planning.set_limits, {"actor": player.world.market.ops, "sale_id": sale_id, **arguments}, is_once=False)


def adjust_stock(player: Player) -> Call:
    arguments = {"units": player.dice.choice((-2, 5, 20)), "reason": "盘点", "key": player.key()}
    return Call(stock.adjust, {"actor": player.world.market.ops, "sku_id": player.id(Sku.objects.all()), **arguments})


def create_terms(player: Player) -> Call:
    terms = ListTerms(
        discounts=tuple(Decimal(each) / 100 for each in player.pick(DISCOUNTS)),
        margin_rate=player.pick((Decimal("0.03"), Decimal("0.05"))),
        ending=player.pick(list(Ending)),
    )
    arguments = {"terms": terms, "from_at": player.now + timedelta(minutes=player.dice.randint(0, 60))}
    return Call(price_rules.create_platform_terms, {"actor": player.world.market.ops, **arguments}, is_once=False)


def create_control(player: Player) -> Call:
    brand_id = player.pick(list(player.world.clerks))
    style = player.row(Style.objects.filter(brand=brand_id))
    today = player.now.astimezone(SHANGHAI).date()
    control = ControlFields(
        brand_id=brand_id,
        action=player.pick(list(Action)),
        starts_on=today,
        ends_on=player.pick((None, today + timedelta(days=5))),
        style_id=player.pick((None, style.pk)),
        floor_rate=player.pick((Decimal("0.25"), Decimal("0.4"))),
        cut_rate=player.pick((Decimal(0), Decimal("0.02"))),
    )
    return Call(price_rules.create_control, {"actor": player.world.market.ops, "control": control}, is_once=False)


def withdraw_control(player: Player) -> Call:
    control_id = player.id(PriceControl.objects.filter(withdrawn_at=None))
    return Call(price_rules.withdraw_control, {"actor": player.world.market.ops, "control_id": control_id})


def create_commission(player: Player) -> Call:
    commission = CommissionFields(
        brand_id=player.pick(list(player.world.clerks)),
        category_id=player.pick((None, Category.objects.get(code="women-tops").pk)),
        rate=player.pick((Decimal("0.2"), Decimal("0.3"))),
        from_at=player.now,
    )
    return Call(
        price_rules.create_commission, {"actor": player.world.market.ops, "commission": commission}, is_once=False
    )


def adjust_growth(player: Player) -> Call:
    reseller_id = player.pick(player.world.resellers).id
    arguments = {"milli": player.dice.randint(-20_000, 60_000), "reason": "活动", "key": player.key()}
    return Call(adjustments.adjust_growth, {"actor": player.world.market.ops, "reseller_id": reseller_id, **arguments})


def match_tier(player: Player) -> Call:
    arguments = {"tier": player.pick(list(Tier)), "months": player.dice.randint(1, 3), "reason": "别家会员"}
    reseller_id = player.pick(player.world.resellers).id
    return Call(
        adjustments.match_tier,
        {"actor": player.world.market.ops, "reseller_id": reseller_id, **arguments},
        is_once=False,
    )


def issue_code(player: Player) -> Call:
    actor = player.pick((player.world.market.ops, *(each.actor for each in player.world.resellers)))
    return Call(invitations.issue_code, {"actor": actor, "uses": 2}, is_once=False)


def join(player: Player) -> Call:
    """Somebody joins with a code that was issued, enters a recipient, and plays on."""
    if len(player.world.resellers) >= MAX_RESELLERS:
        raise NothingThereError
    code = player.row(InvitationCode.objects.all()).code
    login, name = f"neu{player.key()}", f"新人 {len(player.world.resellers)}"

    def join_and_play(*, now: object) -> None:
        actor = invitations.join(login=login, name=name, password=PASSWORD, code=code, now=player.now)
        recipient = recipients.add_recipient(
            actor=actor, name="李敏", phone="13800138001", address="浙江省杭州市西湖区文三路 2 号", now=player.now
        )
        player.world.add(Daigou(actor, require_reseller(actor).id, recipient.id))

    return Call(join_and_play, {}, is_once=False)


def generate_statement(player: Player) -> Call:
    sale_id = player.id(Sale.objects.filter(closed_at__isnull=False, state="published"))
    # A draft is computed again.
    return Call(
        settlement.generate_statement, {"actor": player.world.market.finance, "sale_id": sale_id}, is_once=False
    )


def send(player: Player) -> Call:
    statement_id = player.id(Statement.objects.filter(state="draft"))
    return Call(settlement.send, {"actor": player.world.market.finance, "statement_id": statement_id})


def _sent(player: Player) -> tuple[int, Actor]:
    """A statement that was sent, and mostly the clerk of its brand."""
    statement_id = player.id(Statement.objects.filter(state__in=("sent", "disputed")))
    row = Statement.objects.filter(pk=statement_id).first()
    clerks = player.world.clerks
    return statement_id, clerks[row.brand_id] if row and player.chance(0.9) else player.pick(list(clerks.values()))


def confirm(player: Player) -> Call:
    statement_id, clerk = _sent(player)
    return Call(settlement.confirm, {"actor": clerk, "statement_id": statement_id})


def dispute(player: Player) -> Call:
    statement_id, clerk = _sent(player)
    lines = StatementItem.objects.filter(statement_id=statement_id).values_list("line_id", "payable_fen")[:20]
    chosen = player.dice.sample(list(lines), min(len(lines), player.dice.randint(1, 2)))
    drafts = [
        disputes.DisputeDraft(line_id, max(payable_fen + player.dice.randint(-500, 500), 0), "数字不对")
        for line_id, payable_fen in chosen
    ]
    return Call(disputes.dispute, {"actor": clerk, "statement_id": statement_id, "lines": drafts})


def answer(player: Player) -> Call:
    statement_id = player.id(Statement.objects.filter(state="disputed"))
    open_ids = StatementDispute.objects.filter(statement_id=statement_id, state="open").values_list("pk", flat=True)
    drafts = [disputes.AnswerDraft(dispute_id, player.chance(0.5), "已核对") for dispute_id in open_ids]
    arguments = {"statement_id": statement_id, "answers": drafts}
    return Call(disputes.answer, {"actor": player.world.market.finance, **arguments})


def settle(player: Player) -> Call:
    statement_id = player.id(Statement.objects.filter(state__in=("sent", "confirmed")))
    return Call(settlement.settle, {"actor": player.world.market.finance, "statement_id": statement_id})


def close(player: Player) -> Call:
    statement_id = player.id(Statement.objects.filter(state="paid"))
    return Call(settlement.close, {"actor": player.world.market.finance, "statement_id": statement_id})


def pay_out(player: Player) -> Call:
    statement_id = player.id(Statement.objects.filter(state="settled"))
    arguments = {"statement_id": statement_id}
    standing = standing_requests(**arguments)
    return Call(entering.enter_payout, {"actor": player.world.market.finance, **arguments}, stands=standing.exists)


def top_up_deposit(player: Player) -> Call:
    arguments = {"amount_fen": player.dice.randint(1, 500_00), "reference": player.key()}
    brand_id = player.pick(list(player.world.clerks))
    sent = {"actor": player.world.market.finance, "brand_id": brand_id, **arguments}
    return Call(entering.enter_deposit, sent, stands=standing_requests(reference=arguments["reference"]).exists)


def _waiting(player: Player) -> int:
    return player.id(MoneyRequest.objects.filter(state="waiting"))


def approve_money(player: Player) -> Call:
    """Mostly by the second person; the first one is refused what she entered."""
    market, waiting = player.world.market, [_waiting(player) for _ in range(player.dice.randint(1, 3))]
    actor = market.second_finance if player.chance(0.9) else player.pick((market.finance, market.ops))
    code = one_time_code(actor, now=player.now)
    return Call(deciding.approve, {"actor": actor, "request_ids": waiting, "code": code}, is_once=False)


def refuse_money(player: Player) -> Call:
    arguments = {"request_id": _waiting(player), "reason": "查无此款"}
    return Call(deciding.refuse, {"actor": player.world.market.second_finance, **arguments}, is_once=False)


def cancel_money(player: Player) -> Call:
    arguments = {"request_id": _waiting(player)}
    return Call(deciding.cancel, {"actor": player.world.market.finance, **arguments}, is_once=False)


def make_batch(player: Player) -> Call:
    """A file of approved money out, downloaded."""
    ready = ready_requests().values_list("pk", flat=True)[: player.dice.randint(1, 4)]
    request_ids = list(ready)
    if not request_ids:
        raise NothingThereError
    market = player.world.market

    @transaction.atomic
    def make_and_download(*, now: datetime) -> None:
        made = batches.create_batch(
            actor=market.finance, request_ids=request_ids, file_format=player.pick(list(BatchFormat)), now=now
        )
        batches.download_batch(actor=market.finance, batch_id=made.id, now=now)

    return Call(make_and_download, {}, is_once=False)


def confirm_batch(player: Player) -> Call:
    batch_id = player.id(TransferBatch.objects.filter(confirmed_at=None, downloaded_at__isnull=False))
    arguments = {"batch_id": batch_id, "reference": player.key()}
    return Call(batches.confirm_batch, {"actor": player.world.market.finance, **arguments}, is_once=False)


def enter_bank_return(player: Player) -> Call:
    out = MoneyRequest.objects.filter(kind__in=sorted(MONEY_OUT), state__in=sorted(RETURNABLE))
    arguments = {"request_id": player.id(out), "reason": "户名不符"}
    return Call(bank_returns.enter_bank_return, {"actor": player.world.market.finance, **arguments}, is_once=False)


def return_deposit(player: Player) -> Call:
    arguments = {"amount_fen": player.dice.randint(1, 500_00), "reason": "多交", "key": player.key()}
    brand_id = player.pick(list(player.world.clerks))
    return Call(
        deposits.enter_deposit_return,
        {"actor": player.world.market.finance, "brand_id": brand_id, **arguments},
        is_once=False,
    )


def adjust_wallet(player: Player) -> Call:
    arguments = {
        "amount_fen": player.dice.randint(0, 200_00),
        "is_credit": player.chance(0.5),
        "reason": "补偿",
        "key": player.key(),
    }
    reseller_id = player.pick(player.world.resellers).id
    sent = {"actor": player.world.market.finance, "reseller_id": reseller_id, **arguments}
    return Call(adjustments_of_money.enter_adjustment, sent, is_once=False)


def deduct_from_deposit(player: Player) -> Call:
    beneficiary_id = player.pick([None, *(each.id for each in player.world.resellers)])
    arguments = {
        "amount_fen": player.dice.randint(0, 900_00),
        "reason": "超时发货",
        "evidence": "发货单",
        "key": player.key(),
    }
    brand_id = player.pick(list(player.world.clerks))
    sent = {"actor": player.world.market.finance, "brand_id": brand_id, "beneficiary_id": beneficiary_id, **arguments}
    return Call(adjustments_of_money.enter_deduction, sent, is_once=False)


def enter_account(player: Player) -> Call:
    """Of a reseller or a brand, long enough ago that it is paid to."""
    money, before = player.world.market.money, player.now - settings.BANK_ACCOUNT_COOL_DOWN
    brand_id = player.pick([None, *player.world.clerks])
    reseller_id = None if brand_id else player.pick(player.world.resellers).id

    @transaction.atomic
    def enter_and_approve(*, now: datetime) -> None:
        if brand_id is not None:
            entered = enter_account_of_brand(actor=money.first, brand_id=brand_id, fields=ACCOUNT, now=before)
        else:
            entered = enter_account_of_reseller(
                actor=money.first, reseller_id=reseller_id or 0, fields=CARD, now=before
            )
        approve_account(actor=money.second, account_id=entered.id, now=before)

    return Call(enter_and_approve, {}, is_once=False)


def take_over_batch(player: Player) -> Call:
    batch_id = player.id(TransferBatch.objects.filter(confirmed_at=None, downloaded_at__isnull=False))
    arguments = {"batch_id": batch_id, "reason": "请假"}
    return Call(batches.take_over_batch, {"actor": player.world.market.second_finance, **arguments})


def request_closing(player: Player) -> Call:
    """Of a reseller who leaves, or of a brand. The world keeps most of its resellers."""
    finance, arguments = player.world.market.finance, {"reason": "不做了", "key": player.key()}
    if player.chance(0.2):
        brand_id = player.pick(list(player.world.clerks))
        return Call(closing.request_closing_of_brand, {"actor": finance, "brand_id": brand_id, **arguments})
    reseller = player.pick(player.world.resellers)
    if player.chance(0.5):
        return Call(closing.request_own_closing, {"actor": reseller.actor, **arguments})
    return Call(closing.request_closing_of_reseller, {"actor": finance, "reseller_id": reseller.id, **arguments})


def decide_closing(player: Player) -> Call:
    market, closing_id = player.world.market, player.id(AccountClosing.objects.filter(state="waiting"))
    if player.chance(0.5):
        arguments = {"closing_id": closing_id, "reason": "再想想"}
        return Call(closing.refuse_closing, {"actor": market.second_finance, **arguments}, is_once=False)

    def approve(*, now: datetime) -> None:
        """Whoever signed in for the account plays no more."""
        code = one_time_code(market.second_finance, now=now)
        closed = closing.approve_closing(actor=market.second_finance, closing_id=closing_id, code=code, now=now)
        if closed.reseller_id is not None:
            player.world.resellers = [each for each in player.world.resellers if each.id != closed.reseller_id]
            player.world.by_reseller.pop(closed.reseller_id, None)

    if len(player.world.resellers) <= MIN_RESELLERS:
        raise NothingThereError
    return Call(approve, {}, is_once=False)


def pay_late_money(player: Player) -> Call:
    closing_id = player.id(AccountClosing.objects.filter(state="closed", reseller__isnull=False))
    arguments = {"closing_id": closing_id, "key": player.key()}
    return Call(closing.pay_late_money, {"actor": player.world.market.finance, **arguments}, is_once=False)


def enter_reversal(player: Player) -> Call:
    booked = MoneyRequest.objects.filter(state="approved", kind__in=("top_up", "deposit"))
    arguments = {"request_id": player.id(booked), "reason": "录错"}
    return Call(entering.enter_reversal, {"actor": player.world.market.finance, **arguments})


ACTS: WeightedActs = (
    (30, publish_sale),
    (2, publish_draft),
    (2, rerun),
    (4, extend),
    (2, end_early),
    (2, cancel_sale),
    (2, set_limits),
    (6, adjust_stock),
    (1, create_terms),
    (2, create_control),
    (2, withdraw_control),
    (1, create_commission),
    (2, adjust_growth),
    (1, match_tier),
    (2, issue_code),
    (2, join),
    (8, generate_statement),
    (8, send),
    (6, confirm),
    (3, dispute),
    (4, answer),
    (8, settle),
    (1, close),
    (4, pay_out),
    (1, top_up_deposit),
    (20, approve_money),
    (1, refuse_money),
    (1, cancel_money),
    (2, enter_reversal),
    (8, make_batch),
    (8, confirm_batch),
    (2, enter_bank_return),
    (2, return_deposit),
    (3, enter_account),
    (3, adjust_wallet),
    (2, deduct_from_deposit),
    (1, take_over_batch),
    (2, request_closing),
    (2, decide_closing),
    (1, pay_late_money),
)
