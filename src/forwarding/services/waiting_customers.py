"""Customers who wait for sold-out sizes: an open wish that begins to wait, and telling the reseller that units are there (FORWARD-29)."""

from datetime import datetime

from django.db import transaction

from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from forwarding.models import Wish, WishLine
from forwarding.rules.wishes import TOLD_AGAIN_AFTER
from forwarding.selectors.waiting_wishes import sold_out_items
from forwarding.selectors.wishes import NoSuchWishPage, get_wish, is_open, is_wish_token, with_lines
from forwarding.services.wishes import WishAlreadyAnswered, waiting_event
from forwarding.sql.waiting_wishes import forget_told, mark_awaited, mark_told
from kernel.refusal import Conflict


class NothingToWaitFor(Conflict):
    code = "forwarding.nothing_to_wait_for"
    zh = "这条心愿里没有售罄的尺码，或有的场次已结束，不用等"
    en = "No size of this wish is sold out, or a sale of it is over; there is nothing to wait for"


@transaction.atomic
def let_wish_wait(*, token: str, now: datetime) -> None:
    """The customer waits with her open wish for what is sold out of it by now, on its private page. A repetition changes nothing.

    Refuses a wish that was answered, one of which nothing is sold out, and one of which a sale is not live.
    """
    rows = Wish.objects.select_for_update(of=("self",)).select_related("order")
    row = with_lines(rows).filter(token=token).first() if is_wish_token(token) else None
    if row is None:
        raise NoSuchWishPage
    if not is_open(row):
        raise WishAlreadyAnswered(state=row.state)
    if row.is_waiting:
        return
    missing = sold_out_items(row, at=now)
    if not missing:
        raise NothingToWaitFor
    row.is_waiting = True
    row.save(update_fields=["is_waiting"])
    WishLine.objects.filter(wish=row, item_id__in=missing).update(is_awaited=True)
    publish([waiting_event(get_wish(row.reseller_id, row.pk), row.reseller_id, missing)], now=now)


@atomic_with_retry
def tell_of_units(*, now: datetime) -> int:
    """Tell resellers whose customers wait for sizes of which units are available to everybody; returns how many events are new.

    One event per reseller and size, the one that was gone last. Units that are reserved for her are told of by their reservation (SALE-13).
    Units that go and come back are told of again after `TOLD_AGAIN_AFTER`, whoever
    waits for them. It may run at any time, repeatedly and concurrently.
    """
    mark_awaited(at=now)
    forget_told(at=now, after=TOLD_AGAIN_AFTER)
    events = [
        EventDraft(
            EventKind.CUSTOMERS_SIZE_IS_BACK,
            row.wish_id,
            reseller_id=row.reseller_id,
            data={"goods": row.goods, "customers": row.customers, "wish_id": row.wish_id},
        )
        for row in mark_told(at=now, after=TOLD_AGAIN_AFTER)
    ]
    publish(events, now=now)
    return len(events)
