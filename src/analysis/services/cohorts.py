"""Cohorts of resellers: who joined in which month, and who of them bought in the months after (ANALYSIS-5). Uses pandas; worker only."""

from datetime import date

import pandas as pd
from django.db import transaction

from analysis.models import CohortMonth
from analysis.sql.cohorts import MemberCount, ResellerMonth, count_members, sum_reseller_months

COLUMNS = ("joined_month", "month", "members", "active", "orders", "sold_fen", "refunded_fen")


@transaction.atomic
def count_cohorts() -> int:
    """Count all cohorts again and replace the kept ones; returns how many rows there are."""
    table = cohort_table(sum_reseller_months(), count_members())
    CohortMonth.objects.all().delete()
    rows = [
        CohortMonth(**dict(zip(COLUMNS, values, strict=True))) for values in table.itertuples(index=False, name=None)
    ]
    return len(CohortMonth.objects.bulk_create(rows))


def cohort_table(bought: list[ResellerMonth], members: list[MemberCount]) -> pd.DataFrame:
    """One row per month of joining and month of payment, in this order; `active` counts resellers.

    A reseller has at most one row in `bought` per month. Months in which nobody of a cohort bought have no row.
    """
    frame = pd.DataFrame(
        [(row.joined_month, row.month, row.reseller_id, row.orders, row.sold_fen, row.refunded_fen) for row in bought],
        columns=["joined_month", "month", "reseller_id", "orders", "sold_fen", "refunded_fen"],
    )
    sizes: dict[date, int] = {row.joined_month: row.members for row in members}
    if frame.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    table = (
        frame.groupby(["joined_month", "month"], sort=True)
        .agg(
            active=("reseller_id", "nunique"),
            orders=("orders", "sum"),
            sold_fen=("sold_fen", "sum"),
            refunded_fen=("refunded_fen", "sum"),
        )
        .reset_index()
    )
    table["members"] = table["joined_month"].map(sizes)
    return table[list(COLUMNS)]
