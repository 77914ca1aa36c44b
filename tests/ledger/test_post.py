import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import SYSTEM
from ledger.models import Entry, LedgerAccount, Posting
from ledger.rules import (
    CLEARING,
    COMMISSION,
    AccountKind,
    AccountRef,
    EntryDraft,
    InsufficientBalance,
    PostingKeyConflict,
    PostingKind,
    merge_entries,
)
from ledger.selectors.accounts import get_balance_fen, list_entries
from ledger.services import post
from tests.builders import NOW

WALLET = AccountRef(AccountKind.WALLET, 7)
BRAND = AccountRef(AccountKind.BRAND_PAYABLE, 3)

pytestmark = pytest.mark.django_db


def put(key: str, *entries: EntryDraft, kind: PostingKind = PostingKind.TOP_UP) -> bool:
    return post(kind=kind, key=key, cause="test:1", entries=entries, actor=SYSTEM, now=NOW)


def test_post_moves_money_and_keeps_its_reason() -> None:
    assert put("a", EntryDraft(WALLET, 500_00), EntryDraft(CLEARING, -500_00))
    assert get_balance_fen(WALLET) == 500_00
    assert get_balance_fen(CLEARING) == -500_00
    [entry] = list_entries(WALLET).items
    assert (entry.amount_fen, entry.kind, entry.cause, entry.at) == (500_00, "top_up", "test:1", NOW)


def test_post_with_a_key_used_before_moves_nothing() -> None:
    put("a", EntryDraft(WALLET, 500_00), EntryDraft(CLEARING, -500_00))
    assert not put("a", EntryDraft(WALLET, 500_00), EntryDraft(CLEARING, -500_00))
    assert get_balance_fen(WALLET) == 500_00
    assert Entry.objects.count() == 2


def test_post_with_a_key_used_for_something_else_is_refused() -> None:
    put("a", EntryDraft(WALLET, 500_00), EntryDraft(CLEARING, -500_00))
    with pytest.raises(PostingKeyConflict) as refused:
        put("a", EntryDraft(AccountRef(AccountKind.WALLET, 8), 500_00), EntryDraft(CLEARING, -500_00))
    assert refused.value.amount_fen == 500_00
    with pytest.raises(PostingKeyConflict):
        put("a", EntryDraft(WALLET, 400_00), EntryDraft(CLEARING, -400_00))
    assert get_balance_fen(WALLET) == 500_00


def test_post_refuses_to_overdraw_a_wallet_and_moves_nothing() -> None:
    put("a", EntryDraft(WALLET, 100_00), EntryDraft(CLEARING, -100_00))
    with pytest.raises(InsufficientBalance) as refused:
        put(
            "b",
            EntryDraft(WALLET, -100_01),
            EntryDraft(BRAND, 80_00),
            EntryDraft(COMMISSION, 20_01),
            kind=PostingKind.PAYMENT,
        )
    assert refused.value.fields() == {"account": "wallet", "balance_fen": 100_00, "needed_fen": 100_01}
    assert (get_balance_fen(WALLET), get_balance_fen(BRAND), get_balance_fen(COMMISSION)) == (100_00, 0, 0)
    assert Posting.objects.count() == 1


def test_post_out_of_balance_raises_value_error() -> None:
    with pytest.raises(ValueError, match="out of balance by 1 fen"):
        put("a", EntryDraft(WALLET, 2), EntryDraft(CLEARING, -1))


def test_the_database_refuses_entries_that_do_not_balance() -> None:
    account = LedgerAccount.objects.create(kind="wallet", owner_id=9)
    posting = Posting.objects.create(at=NOW, kind="top_up", key="k", cause="c")
    Entry.objects.create(posting=posting, account=account, amount_fen=5)
    with pytest.raises(IntegrityError, match="out of balance"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    # What was refused would be tried again at the end of the test, which rolls back anyhow.
    transaction.set_rollback(True)


@pytest.mark.parametrize("statement", ["UPDATE ledger_entry SET amount_fen = 1", "DELETE FROM ledger_entry"])
def test_the_database_refuses_to_change_entries(statement: str) -> None:
    put("a", EntryDraft(WALLET, 5), EntryDraft(CLEARING, -5))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(AccountKind)), st.integers(0, 3), st.integers(-(10**6), 10**6)), max_size=12
    )
)
def test_merge_entries_keeps_the_sum_of_each_account(moves: list[tuple[AccountKind, int, int]]) -> None:
    lines = [EntryDraft(AccountRef(kind, owner), amount) for kind, owner, amount in moves]
    lines.append(EntryDraft(CLEARING, -sum(line.amount_fen for line in lines)))
    joined = merge_entries(lines)
    assert sum(line.amount_fen for line in joined) == 0
    assert [line.account for line in joined] == sorted({line.account for line in joined})
    for line in joined:
        assert line.amount_fen == sum(each.amount_fen for each in lines if each.account == line.account)
