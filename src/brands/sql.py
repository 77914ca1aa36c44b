"""The SQL of brands."""

from db import sql

_ADMITTED_WITHOUT_DEPOSIT = """
SELECT b.id FROM brands_brand b
LEFT JOIN ledger_account a ON a.kind = %(deposit_account)s AND a.owner_id = b.id
WHERE b.status = %(admitted)s AND coalesce(a.balance_fen, 0) < b.deposit_required_fen
ORDER BY b.decided_at, b.id LIMIT %(limit)s
"""

_LOCK_SHARED = "SELECT id FROM brands_brand WHERE id = %(brand_id)s FOR SHARE"


def lock_shared(brand_id: int) -> None:
    """Lock a brand until the transaction ends. Others may do the same; who writes the brand waits."""
    sql.rows(_LOCK_SHARED, {"brand_id": brand_id})


def admitted_without_deposit(*, admitted: str, deposit_account: str, limit: int) -> list[int]:
    """The ids of brands with the status `admitted` whose account of the kind `deposit_account` has less than their deposit."""
    parameters = {"admitted": admitted, "deposit_account": deposit_account, "limit": limit}
    return sql.column(_ADMITTED_WITHOUT_DEPOSIT, parameters)
