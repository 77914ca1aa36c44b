"""What a brand owes after its statements, paid from its deposit (SETTLE-12, MONEY-14)."""

from datetime import datetime

from accounts.rules import Role, require_roles
from db.transactions import atomic_with_retry
from kernel.refusal import Conflict
from ledger.rules import AccountKind, AccountRef, Approval, EntryDraft, PostingKind, require_two_people
from ledger.services import post
from settlement.models import BrandDebt
from settlement.selectors.debts import get_open_debt_fen


class NotWhatIsOwed(Conflict):
    code = "settlement.not_what_is_owed"
    zh = "品牌现在的欠款是 ¥{owed}，不是 ¥{amount}；用保证金还欠款要一次还清"
    en = "The brand owes ¥{owed} now, not ¥{amount}; a deposit pays all of it at once"
    owed_fen: int
    amount_fen: int


def require_what_is_owed(brand_id: int, amount_fen: int) -> None:
    """Refuse another amount than all that the brand owes and no statement pays."""
    owed_fen = get_open_debt_fen(brand_id)
    if amount_fen != owed_fen:
        raise NotWhatIsOwed(owed_fen=owed_fen, amount_fen=amount_fen)


@atomic_with_retry
def pay_debts_from_deposit(
    *, approval: Approval, brand_id: int, amount_fen: int, key: str, cause: str, now: datetime
) -> None:
    """Pay all open debts of a brand from its deposit by one posting under `key`. Two people entered and approved it (MONEY-1).

    Refused where a statement that was sent meanwhile pays a debt, or another one left a debt.
    """
    actor = approval.approved_by
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_two_people(approval)
    # A statement that is being sent locks the same rows: whoever comes second finds them paid.
    open_debts = BrandDebt.objects.select_for_update().filter(brand_id=brand_id, statement=None, paid_as="")
    ids = list(open_debts.order_by("pk").values_list("pk", flat=True))
    require_what_is_owed(brand_id, amount_fen)
    BrandDebt.objects.filter(pk__in=ids).update(paid_as=key)
    post(
        kind=PostingKind.DEPOSIT_DEDUCTION,
        key=key,
        cause=cause,
        entries=[
            EntryDraft(AccountRef(AccountKind.DEPOSIT, brand_id), -amount_fen),
            EntryDraft(AccountRef(AccountKind.BRAND_DEBT, brand_id), amount_fen),
        ],
        actor=actor,
        now=now,
    )
