"""Compares what clients were told with what the database holds."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from tests.faults.installation import ROOT, UNPAID_SECONDS, Installation, Seed, end_time_of_waiting, rows
from tests.faults.journal import Journal
from tests.faults.load import SKUS_OF_UPLOAD, UNITS_OF_SKU
from tests.faults.seed import WALLET_FEN

SWEEP_SECONDS = 40
"""The sweep of unpaid orders comes every 20 seconds; twice as much is allowed for."""
UPLOAD_SECONDS = 150
"""The lease of a worker that was killed is over after 60 seconds, and the sweep comes every 30."""


@dataclass
class Verdict:
    """How many answers were accepted, and what does not agree with them."""

    accepted: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.wrong]


def judge(installation: Installation, seed: Seed, journal: Journal, *, lets_time_pass: bool) -> Verdict:
    """The verdict after the load has ended. `lets_time_pass` waits until the time of all unpaid orders is over, instead of moving it."""
    verdict = Verdict(
        accepted={
            "grabs": len(journal.accepted_grabs),
            "payments": len(journal.paid_grabs),
            "stock uploads": len(journal.uploads),
            "shipping uploads": len(journal.shipping_uploads),
            "parcels": sum(map(len, journal.shipping_uploads.values())),
        }
    )
    verdict.wrong += journal.unexpected
    _judge_grabs(installation, journal, verdict)
    _judge_payments(installation, journal, verdict)
    _judge_wallets(installation, seed, verdict)
    _judge_stock(installation, journal, verdict)
    _judge_parcels(installation, journal, verdict)
    _judge_held_units(installation, verdict, lets_time_pass=lets_time_pass)
    check = [sys.executable, str(ROOT / "manage.py"), "check_integrity"]
    try:
        installation.run(check)
    except RuntimeError as broken:
        verdict.wrong.append(str(broken))
    return verdict


def _judge_grabs(installation: Installation, journal: Journal, verdict: Verdict) -> None:
    orders = {key: (number, units) for key, number, units in rows(installation, ORDERS)}
    for grab in journal.grabs:
        order = orders.pop(grab.key, None)
        if grab.order_id and order != (grab.order_id, grab.units):
            verdict.lost.append(f"grab {grab.key} was accepted as order {grab.order_id}; there is {order}")
        if grab.refused and order is not None:
            verdict.doubled.append(f"grab {grab.key} was refused with {grab.refused}, and there is order {order[0]}")
    verdict.doubled += [f"nobody grabbed order {order} with key {key}" for key, order in orders.items()]


def _judge_payments(installation: Installation, journal: Journal, verdict: Verdict) -> None:
    paid = {order for (order,) in rows(installation, "SELECT id FROM orders_order WHERE paid_at IS NOT NULL")}
    postings = Counter(
        cause for (cause,) in rows(installation, "SELECT cause FROM ledger_posting WHERE kind = 'payment'")
    )
    for grab in journal.accepted_grabs:
        booked = postings.pop(f"order:{grab.order_id}", 0)
        is_paid = grab.order_id in paid
        if grab.paid and not (is_paid and booked):
            verdict.lost.append(f"the payment of order {grab.order_id} was accepted and is not there")
        if booked > 1 or (not grab.paid and (is_paid or booked)):
            verdict.doubled.append(f"order {grab.order_id}: {booked} payments, refused: {grab.payment_refused}")
    verdict.doubled += [f"nobody paid {cause}" for cause in postings]


def _judge_wallets(installation: Installation, seed: Seed, verdict: Verdict) -> None:
    """What each reseller has, and has paid, is what she was given."""
    for reseller, balance, paid in rows(installation, WALLETS):
        if balance + paid != WALLET_FEN:
            verdict.wrong.append(f"reseller {reseller}: {Decimal(balance + paid - WALLET_FEN) / 100} yuan too many")
    sold = rows(installation, "SELECT held, sold FROM flashsales_saleitem WHERE id = %s", (seed.hot_item,))[0]
    if sum(sold) > seed.hot_units:
        verdict.wrong.append(f"{sold} units held and sold of {seed.hot_units}")


def _judge_stock(installation: Installation, journal: Journal, verdict: Verdict) -> None:
    waiting = (
        f"SELECT id FROM inventory_upload WHERE state IN ('received', 'reading') AND id IN {_numbers(journal.uploads)}"
    )
    if not installation.wait(lambda: not rows(installation, waiting), UPLOAD_SECONDS):
        verdict.wrong.append(f"uploads that do not finish: {rows(installation, waiting)}")
    states = dict(rows(installation, f"SELECT id, state FROM inventory_upload WHERE id IN {_numbers(journal.uploads)}"))
    units = {style: counted for style, *counted in rows(installation, STOCK)}
    for number, style in journal.uploads.items():
        if states.get(number) != "applied":
            verdict.lost.append(f"stock upload {number} was accepted and is {states.get(number)}")
        elif units.get(style) != [SKUS_OF_UPLOAD, SKUS_OF_UPLOAD * UNITS_OF_SKU]:
            verdict.wrong.append(f"stock upload {number}: SKUs and units are {units.get(style)}")
    sent = rows(installation, "SELECT count(*) FROM inventory_upload")[0][0]
    if sent != len(journal.uploads):
        verdict.doubled.append(f"{len(journal.uploads)} stock uploads were accepted, {sent} are there")


def _judge_parcels(installation: Installation, journal: Journal, verdict: Verdict) -> None:
    parcels = Counter(rows(installation, "SELECT consignment_id, tracking_no FROM orders_parcel"))
    for number, wanted in journal.shipping_uploads.items():
        for each in wanted.items():
            count = parcels.pop(each, 0)
            if count != 1:
                (verdict.doubled if count else verdict.lost).append(
                    f"shipping upload {number}: {count} parcels of {each}"
                )
    verdict.doubled += [f"nobody shipped parcel {each}" for each in parcels]


def _judge_held_units(installation: Installation, verdict: Verdict, *, lets_time_pass: bool) -> None:
    """No unit is held beyond its time: beat and the workers cancel all that is not paid."""
    if not lets_time_pass:
        end_time_of_waiting(installation)
    unpaid = "SELECT id FROM orders_order WHERE state = 'unpaid'"
    if not installation.wait(lambda: not rows(installation, unpaid), UNPAID_SECONDS * lets_time_pass + SWEEP_SECONDS):
        verdict.wrong.append(f"orders that stay unpaid: {rows(installation, unpaid)}")
    held = rows(installation, "SELECT id, held FROM flashsales_saleitem WHERE held <> 0")
    if held:
        verdict.wrong.append(f"units held that nobody ordered: {held}")


def _numbers(numbers: dict[int, str]) -> str:
    return f"({', '.join(map(str, numbers)) or 'NULL'})"


ORDERS = """
SELECT o.key, o.id, (SELECT sum(l.units)::int FROM orders_orderline l WHERE l.order_id = o.id) FROM orders_order o
"""
WALLETS = """
SELECT r.id, coalesce((SELECT a.balance_fen FROM ledger_account a WHERE a.kind = 'wallet' AND a.owner_id = r.id), 0)::bigint,
       coalesce((SELECT sum(o.total_fen) FROM orders_order o WHERE o.reseller_id = r.id AND o.paid_at IS NOT NULL), 0)::bigint
FROM membership_reseller r
"""
STOCK = """
SELECT s.style_no, count(*)::int, sum(k.on_hand)::int FROM inventory_sku k JOIN inventory_style s ON s.id = k.style_id GROUP BY 1
"""
