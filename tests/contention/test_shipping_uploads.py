"""Returned shipping lists that arrive at the same instant share one quota of the day (ORDER-13)."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest
from pytest_django import Settings

from aftersales.models.shipping_uploads import ShippingUpload
from aftersales.services.shipping_uploads import ShippingQuotaReached, receive_shipping_upload
from tests.builders import NOW, Marketplace
from tests.contention.concurrency import run_concurrently

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]

CLERKS = 4


def test_lists_that_arrive_at_once_do_not_exceed_the_quota_of_the_day(settings: Settings) -> None:
    settings.MAX_UPLOADS_PER_DAY = 1
    market = Marketplace()
    all_have_counted = threading.Barrier(CLERKS)

    def chunks() -> Iterator[bytes]:
        # The quota was counted before the first chunk is asked for.
        all_have_counted.wait(timeout=20)
        yield b"a,b\n"

    acts = [
        partial(receive_shipping_upload, actor=market.clerk, filename=f"{n}.csv", chunks=chunks(), now=NOW)
        for n in range(CLERKS)
    ]
    answers = run_concurrently(acts)
    assert [type(answer) for answer in answers].count(ShippingQuotaReached) == CLERKS - 1
    assert ShippingUpload.objects.count() == 1
