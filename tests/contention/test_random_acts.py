"""Random acts in six threads: afterwards the checks find nothing, and no transaction was broken off by a deadlock.

`WEICANG_RANDOM_ACTS` says how many (5000 take some minutes), `WEICANG_RANDOM_SEED` which.
"""

import itertools
import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import F

from accounts.rules import SYSTEM, Actor
from aftersales.models.cases import Case
from aftersales.rules import BEARERS, CaseReason, Disposition
from aftersales.services import cases, refunds, rewards
from aftersales.services.case_refunds import Liability
from flashsales.models import Sale, SaleItem
from flashsales.services import ending as flashsales_ending
from flashsales.services import planning, publishing
from forwarding.rules.wishes import PickedUnits
from forwarding.services import forwards, prices, wishes
from inventory.models import Sku, Style
from inventory.services import stock
from kernel.refusal import Refusal
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.shipping import Consignment
from orders.services import grab as orders_grab
from orders.services import payment, shipping
from orders.services.placing import GrabLine
from pricing.rules.terms import Ending, ListTerms
from pricing.services import price_rules
from settlement.services import statements as settlement
from tests.builders import NOW, Daigou, Marketplace
from tests.inventory.stock_workbooks import Line, upload_and_apply_in_process, workbook
from tests.violations import all_violations

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]

ACTS = int(os.environ.get("WEICANG_RANDOM_ACTS") or 180)
SEED = int(os.environ.get("WEICANG_RANDOM_SEED") or 20261129)
THREADS = 6
STYLES = 6


class World:
    """One brand with live sales, six resellers, and a clock that every act moves on."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.skus = [self.market.sku(units=4000, style_no=f"R{n // 2}", size="ML"[n % 2]) for n in range(2 * STYLES)]
        for half in (self.skus[:STYLES], self.skus[STYLES:]):
            self.market.sale(*half, units=600, item_limit=400)
        self.resellers = [self.market.reseller(wallet_fen=500_000_00) for _ in range(THREADS)]
        codes = ["women"]
        stock.set_brand_categories(actor=self.market.ops, brand_id=self.market.brand_id, codes=codes, now=NOW)
        self.ticks = itertools.count(1)

    def now(self) -> datetime:
        return NOW + timedelta(milliseconds=10 * next(self.ticks))


class RandomUser:
    """One thread's acts. Each picks its rows by chance; what the service refuses is an answer too."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.market, self.dice = world, world.market, random.Random(seed)
        self.answers: Counter[str] = Counter()
        self.keys = (f"{seed}-{n}" for n in itertools.count())
        self.acts: list[tuple[int, Callable[[], object]]] = [
            (30, self.grab), (22, self.pay), (6, self.cancel), (6, self.refund_unshipped), (3, self.report_out_of_stock),
            (14, self.ship), (8, self.open_case), (12, self.go_on_with_case), (3, self.set_price_and_forward),
            (2, self.extend), (1, self.end_early), (4, self.publish), (2, self.adjust), (1, self.expire), (1, self.generate_statement),
            (1, self.set_limits), (1, self.change_terms), (1, self.upload), (1, self.turn_rewards),
        ]  # fmt: skip

    def run(self, acts: int) -> None:
        weights = [weight for weight, _ in self.acts]
        for _ in range(acts):
            ((_, act),) = self.dice.choices(self.acts, weights)
            try:
                act()
                self.answers[f"{act.__name__} done"] += 1
            except Refusal as refused:
                self.answers[f"{act.__name__} {refused.code}"] += 1
            except IndexError:
                self.answers[f"{act.__name__} nothing there"] += 1

    def one_of(self, ids: list[int]) -> int:
        return self.dice.choice(ids)

    def reseller(self) -> Daigou:
        return self.dice.choice(self.world.resellers)

    def live(self) -> int:
        return self.one_of(list(Sale.objects.filter(state="published", closed_at=None).values_list("pk", flat=True)))

    def grab(self) -> None:
        reseller = self.reseller()
        items = list(SaleItem.objects.filter(available__gt=0, sale__state="published").values_list("pk", flat=True))
        chosen = self.dice.sample(items, min(len(items), self.dice.randint(1, 3)))
        if not chosen:
            raise IndexError
        self.dice.shuffle(chosen)
        wanted = [GrabLine(item, self.dice.randint(1, 3), reseller.recipient_id) for item in chosen]
        orders_grab.grab(actor=reseller.actor, lines=wanted, key=next(self.keys), now=self.world.now())

    def order(self, state: str) -> tuple[Actor, int]:
        reseller = self.reseller()
        own = Order.objects.filter(reseller=reseller.id, state=state).order_by("-pk").values_list("pk", flat=True)
        return reseller.actor, self.one_of(list(own[:20]))

    def pay(self) -> None:
        actor, order_id = self.order("unpaid")
        payment.pay(actor=actor, order_id=order_id, now=self.world.now())

    def cancel(self) -> None:
        actor, order_id = self.order("unpaid")
        orders_grab.cancel_unpaid(actor=actor, order_id=order_id, now=self.world.now())

    def line(self, consignment_state: str) -> OrderLine:
        lines = OrderLine.objects.filter(consignment__state=consignment_state, refunded_units__lt=F("units"))
        return self.dice.choice(list(lines.order_by("-pk").select_related("order")[:40]))

    def refund_unshipped(self) -> None:
        line = self.line("to_ship")
        refunds.refund_unshipped(
            actor=self.market.ops, line_id=line.pk, units=1, note="", key=next(self.keys), now=self.world.now()
        )

    def report_out_of_stock(self) -> None:
        line = self.line("to_ship")
        refunds.report_out_of_stock(
            actor=self.market.clerk, line_id=line.pk, units=1, note="", key=next(self.keys), now=self.world.now()
        )

    def ship(self) -> None:
        waiting = list(Consignment.objects.filter(state="to_ship").order_by("-pk").values_list("pk", flat=True)[:40])
        shipping.ship(
            actor=self.market.clerk, consignment_id=self.one_of(waiting), carrier="顺丰",
            tracking_no=f"SF{next(self.keys)}", now=self.world.now(),
        )  # fmt: skip

    def open_case(self) -> None:
        line = self.line("shipped")
        owner = next(each for each in self.world.resellers if each.id == line.order.reseller_id)
        cases.open_case(
            actor=owner.actor, line_id=line.pk, units=1, reason=CaseReason.FAULTY, evidence="脱线", key=next(self.keys),
            now=self.world.now(),
        )  # fmt: skip

    def go_on_with_case(self) -> None:
        case = self.dice.choice(list(Case.objects.filter(ended_at=None).order_by("-pk")[:20]))
        owner = next(each for each in self.world.resellers if each.id == case.reseller_id)
        ops, now = self.market.ops, self.world.now()
        steps: list[Callable[[], object]] = [
            lambda: cases.approve(actor=ops, case_id=case.pk, return_address="退货组", now=now),
            lambda: cases.send_back(
                actor=owner.actor, case_id=case.pk, carrier="中通", tracking_no=f"ZT{next(self.keys)}", now=now
            ),
            lambda: cases.receive(actor=self.market.clerk, case_id=case.pk, now=now),
            lambda: cases.receive(actor=self.market.clerk, case_id=case.pk, disposition=Disposition.STOCK, now=now),
            lambda: cases.refund_only(
                actor=ops,
                case_id=case.pk,
                amount_fen=self.dice.randint(1, 100_00),
                liability=Liability(borne_by=self.dice.choice(BEARERS), reason="协商"),
                now=now,
            ),
            lambda: cases.receive_and_refund(
                actor=ops, case_id=case.pk, amount_fen=self.dice.randint(1, 100_00), now=now
            ),
            lambda: cases.receive_and_refund(actor=ops, case_id=case.pk, now=now),
            lambda: cases.refund_only(actor=ops, case_id=case.pk, now=now),
            lambda: cases.reject(actor=ops, case_id=case.pk, reason="穿过", now=now),
            lambda: cases.withdraw(actor=owner.actor, case_id=case.pk, now=now),
        ]
        self.dice.choice(steps)()

    def set_price_and_forward(self) -> None:
        reseller, sale_id = self.reseller(), self.live()
        style_id = self.one_of(list(SaleItem.objects.filter(sale_id=sale_id).values_list("style_id", flat=True)))
        prices.set_retail_price(
            actor=reseller.actor, sale_id=sale_id, style_id=style_id, price_fen=self.dice.randint(150_00, 400_00),
            now=self.world.now(),
        )  # fmt: skip
        page = forwards.create_forward(actor=reseller.actor, sale_id=sale_id, style_id=style_id, now=self.world.now())
        item_id = SaleItem.objects.filter(sale_id=sale_id, style_id=style_id).values_list("pk", flat=True)[0]
        wishes.create_wish(
            token=page.token, lines=[PickedUnits(item_id, 1)], fields=wishes.WishFields("王小姐"), visitor=next(self.keys), network="",
            key=next(self.keys), now=self.world.now(),
        )  # fmt: skip

    def extend(self) -> None:
        sale = Sale.objects.get(pk=self.live())
        until = sale.ends_at + timedelta(minutes=self.dice.randint(1, 60))
        flashsales_ending.extend(
            actor=self.market.ops, sale_id=sale.pk, ends_at=until, reason="卖得好", now=self.world.now()
        )

    def end_early(self) -> None:
        flashsales_ending.end_early(actor=self.market.ops, sale_id=self.live(), reason="品牌要求", now=self.world.now())

    def publish(self) -> None:
        now = self.world.now()
        running = SaleItem.objects.filter(sale__state="published", sale__closed_at=None).values_list(
            "sku_id", flat=True
        )
        free = sorted(set(self.world.skus) - set(running)) if self.dice.random() < 0.9 else self.world.skus
        chosen = self.dice.sample(free, min(len(free), 4))
        if not chosen:
            raise IndexError
        sale = planning.schedule(
            actor=self.market.ops, brand_id=self.market.brand_id, title="返场", starts_at=now, now=now
        )
        for sku in chosen:
            lines = [planning.PlannedUnits(sku, self.dice.randint(50, 300))]
            planning.add_items(actor=self.market.ops, sale_id=sale.id, lines=lines, now=now)
        publishing.publish(actor=self.market.ops, sale_id=sale.id, now=now)

    def adjust(self) -> None:
        stock.adjust(
            actor=self.market.ops, sku_id=self.one_of(self.world.skus), units=self.dice.choice((-3, 5)), reason="盘点",
            key=next(self.keys), now=self.world.now(),
        )  # fmt: skip

    def expire(self) -> None:
        orders_grab.expire_unpaid(now=self.world.now() + timedelta(minutes=15), limit=3)
        flashsales_ending.close_ended(now=self.world.now())

    def generate_statement(self) -> None:
        over = list(Sale.objects.filter(closed_at__isnull=False).values_list("pk", flat=True))
        settlement.generate_statement(actor=self.market.finance, sale_id=self.one_of(over), now=self.world.now())

    def set_limits(self) -> None:
        planning.set_limits(
            actor=self.market.ops, sale_id=self.live(), limit_units=self.dice.choice((None, 200)), item_limits={},
            now=self.world.now(),
        )  # fmt: skip

    def change_terms(self) -> None:
        now = self.world.now()
        price_rules.create_platform_terms(
            actor=self.market.ops,
            from_at=now,
            now=now,
            terms=ListTerms(discounts=(Decimal(0),) * 6, margin_rate=Decimal("0.03"), ending=Ending.FEN),
        )

    def upload(self) -> None:
        style = Style.objects.get(pk=self.one_of(list(Style.objects.values_list("pk", flat=True))))
        free = Sku.objects.filter(style=style)[0]
        line = Line(style_no=style.style_no, colour=free.colour, size=free.size, quantity=free.on_hand)
        with transaction.atomic():
            upload_and_apply_in_process(self.market.clerk, workbook(line), 1)

    def turn_rewards(self) -> None:
        rewards.grant_due_rewards(actor=SYSTEM, now=self.world.now())


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_random_calls_in_six_threads_pass_the_integrity_check_without_deadlock() -> None:
    world, before = World(), deadlocks()
    users = [RandomUser(world, SEED + number) for number in range(THREADS)]
    failures: list[Exception] = []

    def run(user: RandomUser) -> None:
        try:
            user.run(ACTS // THREADS)
        except Exception as error:  # noqa: BLE001 - what went wrong in a thread is what the test must show
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers = sum((user.answers for user in users), Counter[str]())
    print(dict(answers.most_common()))
    assert [repr(failure) for failure in failures] == []
    assert all_violations() == []
    assert deadlocks() == before
    assert answers["grab done"] > 0
    assert answers["pay done"] > 0
