"""What must be over before an account is closed (MONEY-17)."""

from datetime import datetime

from aftersales.selectors.cases import count_open_cases_of_brand, count_open_cases_of_reseller
from bank_statements.selectors.claims import count_open_claims
from brands.rules import BrandStatus
from brands.selectors.brands import get_brand
from closings.rules import OpenKind, OpenThing, open_things
from flashsales.selectors.sales import count_open_sales_of_brand
from invoices.selectors.invoices import count_open_invoices
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from orders.selectors.open_orders import count_unpaid_orders, count_unshipped_orders
from payments.selectors.payments import count_undecided_payments
from payments.selectors.refunds import count_open_refunds
from settlement.selectors.debts import get_open_debt_fen
from settlement.selectors.statements import count_open_statements
from treasury.selectors.requests import count_undecided_of


def list_open_of_account(
    *, reseller_id: int | None = None, brand_id: int | None = None, at: datetime
) -> list[OpenThing]:
    """What must be over before the account of a reseller or brand is closed."""
    if brand_id is not None:
        return list_open_of_brand(brand_id, at=at)
    return list_open_of_reseller(reseller_id or 0, at=at)


def list_open_of_reseller(reseller_id: int, *, at: datetime) -> list[OpenThing]:
    """What must be over before the account of a reseller is closed; empty where nothing is left."""
    return open_things(
        {
            OpenKind.UNPAID_ORDERS: count_unpaid_orders(reseller_id),
            OpenKind.UNSHIPPED_ORDERS: count_unshipped_orders(reseller_id),
            OpenKind.CASES: count_open_cases_of_reseller(reseller_id, at=at),
            OpenKind.SOURCE_REFUNDS: count_open_refunds(reseller_id),
            OpenKind.PAYMENTS: count_undecided_payments(reseller_id),
            OpenKind.TRANSFER_CLAIMS: count_open_claims(reseller_id),
            OpenKind.MONEY_REQUESTS: count_undecided_of(reseller_id=reseller_id),
            OpenKind.INVOICES: count_open_invoices(reseller_id=reseller_id),
        }
    )


def list_open_of_brand(brand_id: int, *, at: datetime) -> list[OpenThing]:
    """What must be over before the account of a brand is closed: it is suspended, and all that it sold is settled
    and paid, and it owes nothing."""
    owed = (AccountKind.BRAND_PAYABLE, AccountKind.BRAND_SETTLED)
    sums = sum(get_balance_fen(AccountRef(kind, brand_id)) > 0 for kind in owed)
    debts = int(get_open_debt_fen(brand_id) > 0)
    return open_things(
        {
            OpenKind.COOPERATION: int(get_brand(brand_id).status is BrandStatus.ADMITTED),
            OpenKind.SALES: count_open_sales_of_brand(brand_id, at=at),
            OpenKind.CASES: count_open_cases_of_brand(brand_id, at=at),
            OpenKind.UNSETTLED: max(count_open_statements(brand_id), sums) + debts,
            OpenKind.MONEY_REQUESTS: count_undecided_of(brand_id=brand_id),
            OpenKind.INVOICES: count_open_invoices(brand_id=brand_id),
        }
    )
