"""The brand's own accounts between two days: money that is earned, settled, owed, and the deposit (LEDGER-3)."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.wallet import list_brand_statement_entries
from brands.selectors.brands import require_own_brand
from kernel import clock
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from ledger.selectors.statements import choose_days, get_account_statement
from portal.pages.base_views import cursor_of, render_page
from web.query_parameters import accepts_parameters, cursor, day, one_of, parse_day

KINDS = (
    AccountKind.BRAND_PAYABLE,
    AccountKind.BRAND_SETTLED,
    AccountKind.BRAND_DEBT,
    AccountKind.DEPOSIT,
    AccountKind.DEPOSIT_IN_TRANSIT,
)
"""In the order in which money goes through them."""


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(kind=one_of(KINDS), first=day, last=day, cursor=cursor)
def account(request: ActorRequest) -> HttpResponse:
    """The statement of one account of the brand; the accounts are those that `KINDS` lists."""
    brand = require_own_brand(request.actor)
    shown = AccountRef(AccountKind(request.GET.get("kind") or AccountKind.BRAND_PAYABLE.value), brand.id)
    days = choose_days(parse_day(request.GET.get("first")), parse_day(request.GET.get("last")), now=clock.now())
    return render_page(
        request,
        "account.html",
        brand=brand,
        kind=shown.kind.value,
        balances=[(kind.value, get_balance_fen(AccountRef(kind, brand.id))) for kind in KINDS],
        fault=days.refused and days.refused.sentence(request.LANGUAGE_CODE),
        statement=get_account_statement(shown, first=days.first, last=days.last),
        page=list_brand_statement_entries(shown, first=days.first, last=days.last, cursor=cursor_of(request), limit=50),
    )
