"""Accounts and differences of the daily close as files for ops and finance."""

from functools import partial

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query

from accounts.list_exports import export_pages
from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from console.labels import BILL_DIFFERENCES, CLOSE_DIFFERENCE_STATES, CLOSE_DIFFERENCES, COMPARED
from console.selectors import list_named_accounts
from ledger.rules import AccountKind
from treasury.rules.closes import DifferenceState
from treasury.selectors.closes import list_differences
from web.exports import SENDS_EXPORT, ExportedList, ExportQuery, code, integer, money, text, time, words
from web.ledger_words import ACCOUNT_KINDS
from web.responses import ViewRouter
from web.schemas import Day

router = ViewRouter(tags=["exports"])
both = RoleAuth(Role.OPS, Role.FINANCE)

LEDGER_ACCOUNTS = ExportedList(
    "accounts",
    _("账户"),
    (
        text(_("账户"), words(ACCOUNT_KINDS, "kind")),
        integer(_("编号"), "owner_id"),
        text(_("名称"), "owner_name", 24),
        money(_("余额（元）"), "balance_fen"),
    ),
    holds_personal_data=True,
)
CLOSE_DIFFERENCE_ROWS = ExportedList(
    "close-differences",
    _("日结差异"),
    (
        text(_("日期"), lambda row: row.day.isoformat()),
        text(_("与什么核对"), words(COMPARED, "compared")),
        text(_("差在哪里"), words({**BILL_DIFFERENCES, **CLOSE_DIFFERENCES}, "kind"), 24),
        code(_("编号"), "subject"),
        money(_("账上（元）"), "ledger_fen"),
        money(_("对方（元）"), "other_fen"),
        text(_("状态"), words(CLOSE_DIFFERENCE_STATES, "state")),
        time(_("发现"), "found_at"),
        time(_("消除"), "resolved_at"),
        text(_("说明"), "explanation", 40),
        text(_("说明人"), "explained_by"),
    ),
)


@router.get("/ops/accounts/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_ledger_accounts(
    request: ActorRequest, file: Query[ExportQuery], kind: AccountKind = AccountKind.WALLET
) -> StreamingHttpResponse:
    """The accounts of a kind that hold something as a file, the largest first."""
    return export_pages(request, LEDGER_ACCOUNTS, partial(list_named_accounts, kind), file.format)


@router.get("/ops/close-differences/export", auth=both, openapi_extra=SENDS_EXPORT)
def export_close_differences(
    request: ActorRequest, file: Query[ExportQuery], day: Day | None = None, state: DifferenceState | None = None
) -> StreamingHttpResponse:
    """Differences of closed days as a file, the latest first; of one day or state where they are given."""
    return export_pages(
        request, CLOSE_DIFFERENCE_ROWS, partial(list_differences, day=day, state=state or ""), file.format
    )
