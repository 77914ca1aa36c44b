"""Views and wishes that come at the same instant are counted each, and bounded."""

from collections.abc import Callable

import pytest

from forwarding.models import Forward, Wish
from forwarding.selectors.forwards import get_customer_page
from forwarding.services import forwards, wish_limits
from tests.builders import NOW
from tests.contention.concurrency import THREADS, run_concurrently
from tests.forwarding.forwarded_sale import ForwardedSale

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def test_a_page_opened_many_times_at_once_counts_its_visitor_once() -> None:
    shop = ForwardedSale()
    page = get_customer_page(shop.forwarded_coat(), at=NOW)

    def look(visitor: str) -> Callable[[], None]:
        return lambda: forwards.count_view(forward_id=page.forward_id, visitor=visitor, now=NOW)

    run_concurrently([look("one")] * (THREADS - 1) + [look("another")])
    assert Forward.objects.get().views == 2


def test_the_limit_of_wishes_holds_over_two_pages_at_once() -> None:
    shop = ForwardedSale()
    tokens = [shop.forwarded_coat(), shop.forward(None)]

    def wish(number: int) -> Callable[[], int]:
        return lambda: shop.wish(tokens[number % 2], key=f"k{number}", network="")

    answers = run_concurrently([wish(number) for number in range(THREADS)])
    assert sum(isinstance(answer, wish_limits.TooManyWishes) for answer in answers) == THREADS - 10
    assert Wish.objects.count() == 10
