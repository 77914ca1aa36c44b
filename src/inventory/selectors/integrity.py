"""The checks of stock: quantities are the sums of their movements, and every movement has its cause (INTEGRITY-1, INTEGRITY-7)."""

from accounts.selectors import audit_entries_sql
from events.rules.kinds import SubjectKind
from events.selectors import event_ids_sql, event_subject_check
from kernel.integrity import Check

CHECKS = (
    Check(
        "inventory.units",
        1,
        "inventory_sku",
        "on hand {on_hand}, by its movements {moved_on_hand}; allotted {allotted}, by its movements {moved_allotted}",
        """
        SELECT s.id, s.on_hand, s.allotted, coalesce(m.on_hand, 0) AS moved_on_hand, coalesce(m.allotted, 0) AS moved_allotted
        FROM inventory_sku s
        LEFT JOIN (SELECT sku_id, sum(on_hand_delta) AS on_hand, sum(allotted_delta) AS allotted
                   FROM inventory_stockledger WHERE changed_skus(sku_id) GROUP BY 1) m ON m.sku_id = s.id
        WHERE changed_skus(s.id) AND (s.on_hand <> coalesce(m.on_hand, 0) OR s.allotted <> coalesce(m.allotted, 0))
        """,
    ),
    Check(
        "inventory.bound",
        1,
        "inventory_sku",
        "allotted {allotted} is negative, or more than on hand {on_hand}",
        """
        SELECT s.id, s.allotted, s.on_hand FROM inventory_sku s
        WHERE changed_skus(s.id) AND (s.allotted < 0 OR s.allotted > s.on_hand)
        """,
    ),
    # Neither has a foreign key of its own: uploads write them by the hundred thousand.
    Check(
        "inventory.sku_style",
        7,
        "inventory_sku",
        "it is of brand {brand_id}, its style {style_id} is of brand {found}",
        """
        SELECT s.id, s.brand_id, s.style_id, coalesce(t.brand_id::text, 'none') AS found
        FROM inventory_sku s LEFT JOIN inventory_style t ON t.id = s.style_id
        WHERE changed_skus(s.id) AND t.brand_id IS DISTINCT FROM s.brand_id
        """,
    ),
    Check(
        "inventory.style_rows",
        7,
        "inventory_style",
        "there is no brand {brand_id} or no category {category_id}",
        """
        SELECT t.id, t.brand_id, t.category_id FROM inventory_style t
        LEFT JOIN brands_brand b ON b.id = t.brand_id LEFT JOIN inventory_category c ON c.id = t.category_id
        WHERE b.id IS NULL OR (t.category_id IS NOT NULL AND c.id IS NULL)
        """,
    ),
    Check(
        "inventory.movement_sku",
        7,
        "inventory_movement",
        "there is no SKU {sku_id}",
        """
        SELECT m.id, m.sku_id FROM inventory_movement m LEFT JOIN inventory_sku s ON s.id = m.sku_id
        WHERE changed_movements(m.id) AND s.id IS NULL
        """,
    ),
    Check(
        "inventory.movement_kind",
        1,
        "inventory_movement",
        "{kind} for {cause} moves {on_hand_delta} units on hand and {allotted_delta} allotted",
        """
        SELECT m.id, m.kind, m.cause, m.on_hand_delta, m.allotted_delta FROM inventory_movement m
        WHERE changed_movements(m.id) AND NOT CASE m.kind
            WHEN 'upload' THEN m.allotted_delta = 0 AND m.cause ~ '^upload:[0-9]{1,18}(:undo)?$'
            WHEN 'adjust' THEN m.allotted_delta = 0 AND m.cause LIKE 'adjust:%%'
            WHEN 'allot' THEN m.on_hand_delta = 0 AND m.allotted_delta > 0 AND m.cause LIKE 'sale:%%'
            WHEN 'return' THEN m.on_hand_delta = 0 AND m.allotted_delta < 0 AND m.cause ~ '^(sale|order|reservation):'
            WHEN 'sold' THEN m.on_hand_delta = m.allotted_delta AND m.allotted_delta < 0 AND m.cause LIKE 'order:%%'
            WHEN 'cancelled' THEN m.on_hand_delta > 0 AND m.allotted_delta IN (0, m.on_hand_delta) AND m.cause LIKE 'refund:%%'
            WHEN 'resent' THEN m.on_hand_delta < 0 AND m.allotted_delta BETWEEN m.on_hand_delta AND 0 AND m.cause LIKE 'resend:%%'
            WHEN 'returned' THEN m.on_hand_delta > 0 AND m.allotted_delta = 0 AND m.cause LIKE 'case:%%'
            ELSE false END
        """,
    ),
    # The changes of an applied upload are its movements, without rows of their own (`changes_are_movements`). Only an undo writes them out.
    Check(
        "inventory.movement_upload",
        7,
        "inventory_movement",
        "it moves {on_hand_delta} units of SKU {sku_id} for {cause}, whose changes are its movements, or which was not applied",
        """
        SELECT m.id, m.on_hand_delta, m.sku_id, m.cause FROM inventory_movement m
        LEFT JOIN inventory_upload u ON u.id::text = split_part(m.cause, ':', 2)
             AND (u.state = 'undone' OR (u.state = 'applied' AND NOT u.changes_are_movements AND m.cause = 'upload:' || u.id))
        WHERE changed_movements(m.id) AND m.kind = 'upload' AND u.id IS NULL
        """,
    ),
    Check(
        "inventory.movement_adjustment",
        7,
        "inventory_movement",
        "nobody is recorded to have adjusted SKU {sku_id} by {on_hand_delta} units at {at}",
        f"""
        SELECT m.id, m.sku_id, m.on_hand_delta, m.at FROM inventory_movement m
        WHERE changed_movements(m.id) AND m.kind = 'adjust' AND NOT EXISTS (
            SELECT FROM {audit_entries_sql("inventory.adjust", "sku")} t
            WHERE t.subject_id = m.sku_id AND t.at = m.at AND t.details->>'units' = m.on_hand_delta::text)
        """,  # noqa: S608 - a constant
    ),
    event_subject_check(
        code="inventory.event_subject",
        subjects={SubjectKind.UPLOAD: "SELECT id, NULL::bigint, brand_id FROM inventory_upload"},
    ),
)


def movement_ids_sql(causes: str) -> str:
    """The query of the ids of movements with the causes that the query `causes` selects."""
    return f"SELECT m.id FROM inventory_movement m JOIN ({causes}) AS c(cause) ON c.cause = m.cause"  # noqa: S608 - a constant


CHANGED_IDS = {
    "refunds": """
        SELECT split_part(m.cause, ':', 2)::bigint FROM inventory_movement m WHERE new(m) AND m.cause ~ '^refund:[0-9]{1,18}$'
    """,
    "orders": """
        SELECT split_part(m.cause, ':', 2)::bigint FROM inventory_movement m WHERE new(m) AND m.cause ~ '^order:[0-9]{1,18}$'
    """,
    "movements": """
        SELECT m.id FROM inventory_movement m WHERE new(m)
        UNION SELECT m.id FROM inventory_upload u JOIN inventory_movement m ON split_part(m.cause, ':', 2) = u.id::text
              WHERE new(u) AND u.applied_at_seq IS NOT NULL AND m.kind = 'upload'
        UNION SELECT m.id FROM inventory_sku s JOIN inventory_movement m ON m.sku_id = s.id WHERE new(s)
    """,
    "skus": """
        SELECT s.id FROM inventory_sku s WHERE new(s)
        UNION SELECT s.id FROM inventory_style t JOIN inventory_sku s ON s.style_id = t.id AND s.brand_id = t.brand_id WHERE new(t)
        UNION SELECT m.sku_id FROM inventory_movement m WHERE new(m)
        UNION SELECT c.sku_id FROM inventory_uploadchange c WHERE new(c)
        UNION SELECT c.sku_id FROM inventory_upload u JOIN inventory_uploadchange c
              ON c.id BETWEEN u.changes_from AND u.changes_to AND c.upload_id = u.id WHERE new(u) AND u.applied_at_seq IS NOT NULL
    """,
    "events": event_ids_sql(SubjectKind.UPLOAD, "SELECT u.id FROM inventory_upload u WHERE new(u)"),
}

TABLES_WITHOUT_DELETES = ("inventory_movement",)
