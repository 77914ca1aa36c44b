"""The lookup for long lists of ids gives what `__in` gives, with one parameter."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models.shipping import Carrier, Parcel

pytestmark = pytest.mark.django_db


def test_any_of_finds_the_rows_that_in_finds() -> None:
    ids = list(Carrier.objects.order_by("pk").values_list("pk", flat=True))
    wanted = [ids[0], ids[-1], 0]
    assert set(Carrier.objects.filter(pk__any_of=wanted)) == set(Carrier.objects.filter(pk__in=wanted))
    assert set(Carrier.objects.filter(code__any_of=["SF", "no such code"])) == set(Carrier.objects.filter(code="SF"))


def test_any_of_sends_one_array_for_a_foreign_key() -> None:
    with CaptureQueriesContext(connection) as queries:
        list(Parcel.objects.filter(consignment__any_of=range(1000)).values_list("pk"))
    assert '"consignment_id" = ANY(' in queries[0]["sql"]
    assert " IN (" not in queries[0]["sql"]


def test_any_of_nothing_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert not Carrier.objects.filter(pk__any_of=()).exists()
    assert len(queries) == 0
