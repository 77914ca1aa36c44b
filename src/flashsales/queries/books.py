"""The check of the books for sales: invariants 1 and 5."""

from kernel.books import Breach
from wire import sql


def breaches() -> list[Breach]:
    """Sale items whose units do not add up or are not bound in stock, SKUs in two sales at once, tallies that drifted
    (BOOKS-1, BOOKS-5)."""
    return [*_unsound_units(), *_unbound_units(), *_windows_astray(), *_double_sales(), *_unpriced()]


def _unsound_units() -> list[Breach]:
    rows = sql.rows(
        """
        SELECT id, allotted, available, held, sold FROM flashsales_saleitem
        WHERE allotted <> available + held + sold OR least(available, held, sold) < 0
        """,
        {},
    )
    return [
        Breach(
            1,
            "flashsales_saleitem",
            row["id"],
            f"allotted {row['allotted']} ≠ available {row['available']} + held {row['held']} + sold {row['sold']}",
        )
        for row in rows
    ]


def _unbound_units() -> list[Breach]:
    rows = sql.rows(
        """
        SELECT s.id, s.allotted, coalesce(i.bound, 0) AS bound
        FROM inventory_sku s
        LEFT JOIN (SELECT sku_id, sum(available + held) AS bound FROM flashsales_saleitem GROUP BY 1) i ON i.sku_id = s.id
        WHERE s.allotted <> coalesce(i.bound, 0)
        """,
        {},
    )
    return [
        Breach(
            1,
            "inventory_sku",
            row["id"],
            f"allotted {row['allotted']}, but sales hold {row['bound']} unsold units of it",
        )
        for row in rows
    ]


def _windows_astray() -> list[Breach]:
    rows = sql.rows(
        """
        SELECT i.id FROM flashsales_saleitem i JOIN flashsales_sale s ON s.id = i.sale_id
        WHERE i.on_sale IS DISTINCT FROM
              CASE WHEN s.state = 'published' THEN tstzrange(s.starts_at, s.ends_at, '[)') END
        """,
        {},
    )
    return [Breach(5, "flashsales_saleitem", row["id"], "its window is not that of its sale") for row in rows]


def _double_sales() -> list[Breach]:
    rows = sql.rows(
        """
        SELECT a.id, b.id AS other FROM flashsales_saleitem a JOIN flashsales_saleitem b
        ON b.sku_id = a.sku_id AND b.id > a.id AND b.on_sale && a.on_sale
        """,
        {},
    )
    return [
        Breach(5, "flashsales_saleitem", row["id"], f"its SKU is also on sale as sale item {row['other']}")
        for row in rows
    ]


def _unpriced() -> list[Breach]:
    rows = sql.rows(
        """
        SELECT i.id FROM flashsales_saleitem i JOIN flashsales_sale s ON s.id = i.sale_id
        WHERE s.state = 'published' AND
              (SELECT count(*) FROM pricing_pricelistrow p WHERE p.price_list_id = s.price_list_id AND p.sku_id = i.sku_id) <> 6
        """,
        {},
    )
    return [Breach(3, "flashsales_saleitem", row["id"], "it has no frozen price for every tier") for row in rows]
