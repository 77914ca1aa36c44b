"""One line of a bank statement, entered by several people at once: it becomes one request (TRANSFER-6)."""

from functools import partial

import pytest

from bank_statements.models import BankStatementLine, LineRequest
from bank_statements.rules import CodeOwner, Owner, transfer_code
from bank_statements.selectors.lines import list_lines, open_line_ids
from bank_statements.services import lines, uploads
from kernel.refusal import Refusal
from tests.bank_statements.statements import statement
from tests.builders import NOW, Marketplace
from tests.contention.concurrency import run_concurrently
from tests.violations import all_violations
from treasury.models import MoneyRequest

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def test_the_same_statement_committed_twice_at_once_is_entered_once() -> None:
    market = Marketplace()
    whose = CodeOwner(Owner.RESELLER, market.reseller().id)
    data = statement({"fen": 100_00, "remark": transfer_code(whose)}, {"fen": 5_00})
    views = [
        uploads.upload_statement(actor=actor, filename="a.xlsx", chunks=[data], now=NOW)
        for actor in (market.finance, market.second_finance, market.finance)
    ]
    acts = [
        partial(uploads.commit_upload, actor=market.finance, upload_id=each.id, ticked={0: whose}, now=NOW)
        for each in views
    ]
    answers = run_concurrently(acts)
    assert sum(not isinstance(answer, Refusal) for answer in answers) == 1
    assert sum(isinstance(answer, uploads.MatchChanged) for answer in answers) == 2
    assert (BankStatementLine.objects.count(), LineRequest.objects.count()) == (2, 1)
    assert MoneyRequest.objects.filter(kind="top_up").count() == 1
    assert all_violations() == []


def test_two_people_who_enter_one_line_for_two_resellers_enter_it_once() -> None:
    market = Marketplace()
    resellers = [market.reseller() for _ in range(4)]
    view = uploads.upload_statement(
        actor=market.finance, filename="a.xlsx", chunks=[statement({"fen": 100_00})], now=NOW
    )
    uploads.commit_upload(actor=market.finance, upload_id=view.id, ticked={}, now=NOW)
    (line,) = list_lines().items
    # The control: without the lock all of them see an open line.
    assert open_line_ids([line.id]) == {line.id}
    answers = run_concurrently(
        [
            partial(lines.enter_top_up, actor=market.finance, line_id=line.id, reseller_id=each.id, now=NOW)
            for each in resellers
        ]
    )
    assert sum(isinstance(answer, lines.LineNotOpen) for answer in answers) == 3
    assert MoneyRequest.objects.filter(kind="top_up").count() == 1
    assert all_violations() == []
