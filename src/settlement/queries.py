"""Reads of statements, and the check of the books for them (invariant 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor, Role
from brands.queries import NoSuchBrand, require_staff
from kernel.books import Breach
from kernel.refusal import Missing
from orders.queries import paid_lines
from settlement.models import Statement
from settlement.rules import Figures, StatementLine, StatementState
from wire import sql
from wire.pages import Page, cut


@dataclass(eq=False)
class NoSuchStatement(Missing):
    code = "settlement.no_such_statement"
    zh = "没有这张结算单（{statement_id}）"
    en = "There is no statement {statement_id}"
    statement_id: int


@dataclass(frozen=True, slots=True)
class StatementView:
    id: int
    sale_id: int
    sale_title: str
    brand_id: int
    brand_name: str
    state: StatementState
    figures: Figures
    drawn_at: datetime
    settles_from: datetime
    settled_at: datetime | None
    paid_at: datetime | None
    payout_reference: str


def statement(statement_id: int) -> StatementView:
    row = Statement.objects.select_related("sale", "brand").filter(pk=statement_id).first()
    if row is None:
        raise NoSuchStatement(statement_id=statement_id)
    return statement_view(row)


def statement_for(actor: Actor, statement_id: int) -> StatementView:
    """The statement, to ops, finance, and clerks of its brand; to others it does not exist."""
    view = statement(statement_id)
    try:
        require_staff(actor, view.brand_id, Role.OPS, Role.FINANCE)
    except NoSuchBrand as cause:
        raise NoSuchStatement(statement_id=statement_id) from cause
    return view


def statements(*, brand_id: int | None = None, state: str = "", after: str = "", size: int = 50) -> Page[StatementView]:
    """Statements, the newest first; of one brand, or in one state, where it is named."""
    rows = Statement.objects.select_related("sale", "brand")
    if brand_id is not None:
        rows = rows.filter(brand_id=brand_id)
    if state:
        rows = rows.filter(state=state)
    return cut(rows, order=("-id",), after=after, size=size, view=statement_view)


@dataclass(frozen=True, slots=True)
class SaleToSettle:
    """A sale that is over and has no statement yet; `held` units still wait for payment."""

    sale_id: int
    title: str
    brand_name: str
    ended_at: datetime
    held: int


def sales_without_statement(*, size: int = 100) -> list[SaleToSettle]:
    """Sales whose unsold units went back and for which no statement was drawn up, the oldest first."""
    rows = sql.rows(
        """
        SELECT s.id AS sale_id, s.title, b.name AS brand_name, s.ends_at AS ended_at,
               (SELECT coalesce(sum(i.held), 0)::int FROM flashsales_saleitem i WHERE i.sale_id = s.id) AS held
        FROM flashsales_sale s JOIN brands_brand b ON b.id = s.brand_id
        WHERE s.state = 'published' AND s.closed_at IS NOT NULL
              AND NOT EXISTS (SELECT FROM settlement_statement t WHERE t.sale_id = s.id)
        ORDER BY s.ends_at, s.id LIMIT %(size)s
        """,
        {"size": size},
    )
    return [SaleToSettle(**row) for row in rows]


def statement_of_sale(sale_id: int) -> StatementView | None:
    row = Statement.objects.select_related("sale", "brand").filter(sale_id=sale_id).first()
    return statement_view(row) if row else None


def lines_of_sale(sale_id: int) -> Iterator[StatementLine]:
    """The paid order lines of a sale in the order of their ids."""
    for line in paid_lines(sale_id):
        yield StatementLine(
            order_id=line.order_id,
            line_id=line.id,
            style_no=line.style_no,
            colour=line.colour,
            size=line.size,
            units=line.units,
            refunded_units=line.refunded_units,
            price_fen=line.price_fen,
            payable_fen=line.payable_fen,
            commission_fen=line.commission_fen,
        )


def statement_view(row: Statement) -> StatementView:
    return StatementView(
        id=row.pk,
        sale_id=row.sale_id,
        sale_title=row.sale.title,
        brand_id=row.brand_id,
        brand_name=row.brand.name,
        state=StatementState(row.state),
        figures=Figures(
            units=row.units,
            refunded_units=row.refunded_units,
            sold_fen=row.sold_fen,
            refunded_fen=row.refunded_fen,
            commission_fen=row.commission_fen,
            payable_fen=row.payable_fen,
        ),
        drawn_at=row.drawn_at,
        settles_from=row.settles_from,
        settled_at=row.settled_at,
        paid_at=row.paid_at,
        payout_reference=row.payout_reference,
    )


def breaches() -> list[Breach]:
    """Settled statements that are not the sum of their lines, and brands whose payable is not what their unsettled lines say."""
    settled = sql.rows(
        """
        SELECT t.id FROM settlement_statement t
        LEFT JOIN (SELECT l.sale_id, sum(l.units * l.price_fen) AS sold, sum(l.refunded_units * l.price_fen) AS refunded,
                          sum((l.units - l.refunded_units) * l.payable_fen) AS payable
                   FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id AND o.state = 'paid' GROUP BY 1) s
               ON s.sale_id = t.sale_id
        WHERE t.state <> 'drawn' AND (t.sold_fen, t.refunded_fen, t.payable_fen)
              <> (coalesce(s.sold, 0), coalesce(s.refunded, 0), coalesce(s.payable, 0))
        """,
        {},
    )
    owed = sql.rows(
        """
        WITH lines AS (
            SELECT l.brand_id, sum((l.units - l.refunded_units) * l.payable_fen) AS fen
            FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id AND o.state = 'paid'
            LEFT JOIN settlement_statement t ON t.sale_id = l.sale_id
            WHERE t.id IS NULL OR t.state = 'drawn' GROUP BY 1
        ), accounts AS (
            SELECT id, owner_id AS brand_id, balance_fen FROM ledger_account WHERE kind = 'brand_payable'
        )
        SELECT coalesce(a.id, 0) AS id, coalesce(l.fen, 0) AS lines_fen, coalesce(a.balance_fen, 0) AS balance_fen
        FROM accounts a FULL JOIN lines l USING (brand_id)
        WHERE coalesce(l.fen, 0) <> coalesce(a.balance_fen, 0)
        """,
        {},
    )
    return [
        *(
            Breach(3, "settlement_statement", row["id"], "its figures are not those of its order lines")
            for row in settled
        ),
        *(
            Breach(
                3,
                "ledger_account",
                row["id"],
                f"the brand is owed {row['balance_fen']} fen, its unsettled order lines say {row['lines_fen']}",
            )
            for row in owed
        ),
    ]
