"""The quick question of other tests, whether an invariant is broken, has the answer of the integrity check."""

import pytest
from django.db import connection

from integrity.selectors import checks
from tests.builders import Marketplace, item_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


# One that a statement finds, and two that are computed.
@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("ledger.balance", "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'deposit'"),
        ("orders.tier", "UPDATE orders_order SET tier = 5"),
        (
            "pricing.rules",
            "UPDATE pricing_pricelistrow SET wholesale_fen = wholesale_fen + 1, commission_fen = commission_fen + 1",
        ),
    ],
)
def test_what_is_broken_is_told_as_the_integrity_check_tells_it(code: str, statement: str) -> None:
    market = Marketplace()
    sku = market.sku()
    market.reseller().grab(item_of(market.sale(sku), sku))
    assert (all_violations(), checks.all_violations()) == ([], [])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    found = all_violations()
    assert code in {violation.code for violation in found}
    assert found == checks.all_violations()
