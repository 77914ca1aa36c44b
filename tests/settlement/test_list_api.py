"""Reconciliation lists over the API, and what the inboxes of brand and platform say of them (SETTLE-13, SETTLE-14)."""

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from config.inboxes import inbox_of
from events.models import Event
from events.rules.kinds import EventKind
from events.selectors import list_events
from kernel.clock import set_to
from notices.rules import TOPICS, Topic
from settlement.models import StatementComparison, StatementDispute
from settlement.uploads import reading
from tests.builders import Marketplace
from tests.imports.reconciliation import csv_file, workbook
from tests.settlement.test_life import OVER, sent
from tests.settlement.test_reconciliation import HEADING, rows_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
JSON = "application/json"


def signed_in(actor: Actor) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def sent_list(client: Client, statement_id: int, content: bytes, *, query: str = "", name: str = "对账.xlsx") -> Any:
    path = f"/api/v1/statements/{statement_id}/reconciliation-lists{query}"
    return client.post(path, {"file": SimpleUploadedFile(name, content)})


def read(list_id: int) -> None:
    assert reading.read_list(comparison_id=list_id, clock=lambda: OVER)


def test_a_program_sends_reads_and_disputes_a_list() -> None:
    market = Marketplace()
    statement_id, lines = sent(market)
    rows = rows_of(lines)
    rows[0][3], rows[0][6], rows[2][6] = 3, 170.0, 160.01
    del rows[1]
    clerk, finance = signed_in(market.clerk), signed_in(market.finance)
    with set_to(OVER):
        answer = sent_list(clerk, statement_id, workbook([HEADING, *rows]), query="?tolerance=0.01")
        assert (answer.status_code, answer.json()["state"], answer.json()["tolerance"]) == (201, "received", "0.01")
        list_id = answer.json()["id"]
        path = f"/api/v1/reconciliation-lists/{list_id}"
        assert clerk.post(f"{path}/disputes", {}, JSON).json()["code"] == "settlement.list_not_compared"
        read(list_id)
        shown = clerk.get(path).json()
        assert (shown["state"], shown["difference_count"], shown["statement_id"]) == ("done", 2, statement_id)
        sums = {each["figure"]: each for each in shown["result"]["figure_sums"]}
        assert sums["units"] == {
            "figure": "units", "listed": "5", "stated": "6", "differs": "1", "only_list": "0", "only_statement": "-2",
            "unread": "0", "tolerated": "0", "not_stated": "0",
        }  # fmt: skip
        assert (sums["payable"]["listed"], sums["payable"]["stated"], sums["payable"]["tolerated"]) == (
            "330.01", "480.00", "0.01",
        )  # fmt: skip
        assert (sums["sold"]["listed"], "sums" in shown["result"]) == (None, False)
        assert finance.get(f"/api/v1/statements/{statement_id}/reconciliation-lists").json()["items"] == [shown]
        first, second = clerk.get(f"{path}/differences").json()["items"]
        assert (first["line_id"], first["claimed"], first["is_disputable"], first["dispute"]) == (
            lines[0], "170.00", True, None,
        )  # fmt: skip
        figures = {each["figure"]: each for each in first["both_figures"]}
        assert figures["units"] == {"figure": "units", "listed": "3", "stated": "2", "differs": True, "cell": "D2"}
        assert figures["payable"] == {
            "figure": "payable", "listed": "170.00", "stated": "160.00", "differs": True, "cell": "G2",
        }  # fmt: skip
        assert (second["kind"], second["line_id"], second["is_disputable"]) == ("only_statement", lines[1], False)
        only = clerk.get(f"{path}/differences?kind=only_statement").json()["items"]
        assert [each["number"] for each in only] == [2]
        refused = clerk.post(f"{path}/disputes", {"numbers": [1, 2]}, JSON).json()
        assert (refused["code"], refused["fields"]["number"]) == ("settlement.difference_not_disputable", 2)
        assert StatementDispute.objects.count() == 0
        disputed = clerk.post(f"{path}/disputes", {"numbers": [1], "reason": "按合同"}, JSON).json()
        assert (disputed["id"], disputed["state"]) == (statement_id, "disputed")
        [dispute] = StatementDispute.objects.all()
        assert (dispute.claimed_fen, dispute.reason[:4]) == (170_00, "按合同。")
        copy = clerk.get(f"{path}/marked-copy")
        sheet = openpyxl.load_workbook(io.BytesIO(b"".join(copy)))["对账"]
        assert "应结货款：对账表 ¥170.00，结算单 ¥160.00。" in sheet["G2"].comment.text
    assert all_violations() == []


def test_a_program_answers_and_cancels_a_list() -> None:
    market = Marketplace()
    statement_id, lines = sent(market, 1)
    order, line, *_, payable = rows_of(lines)[0]
    content = csv_file([["订单号", "明细号", "甲"], [order, line, payable]])
    clerk = signed_in(market.clerk)
    with set_to(OVER):
        first, second = (sent_list(clerk, statement_id, content, name="l.csv").json()["id"] for _ in range(2))
        for each in (first, second):
            read(each)
        path = f"/api/v1/reconciliation-lists/{first}"
        [question] = clerk.get(path).json()["questions"]
        answers = {"answers": {question["fingerprint"]: {"C": "payable"}}}
        assert clerk.post(f"{path}/answers", answers, JSON).json()["state"] == "received"
        assert clerk.post(f"{path}/answers", answers, JSON).json()["code"] == "settlement.comparison_not_ready"
        read(first)
        assert clerk.get(path).json()["difference_count"] == 0
        path = f"/api/v1/reconciliation-lists/{second}"
        assert clerk.post(f"{path}/cancel", {}, JSON).json()["state"] == "cancelled"
        assert clerk.get(f"{path}/marked-copy").json()["code"] == "settlement.no_marked_copy"


def test_another_brand_and_a_wrong_tolerance_are_refused() -> None:
    market, other = Marketplace(), Marketplace()
    statement_id, lines = sent(market, 1)
    content = workbook([HEADING, *rows_of(lines)])
    clerk, stranger = signed_in(market.clerk), signed_in(other.clerk)
    with set_to(OVER):
        answer = sent_list(clerk, statement_id, content, query="?tolerance=1.01")
        assert (answer.status_code, answer.json()["code"]) == (422, "settlement.impossible_tolerance")
        assert sent_list(stranger, statement_id, content).json()["code"] == "settlement.no_such_statement"
        assert StatementComparison.objects.count() == 0
        list_id = sent_list(clerk, statement_id, content).json()["id"]
        assert stranger.get(f"/api/v1/statements/{statement_id}/reconciliation-lists").status_code == 404
        for method, path in (
            ("get", ""), ("get", "/differences"), ("get", "/marked-copy"), ("post", "/cancel"), ("post", "/disputes"),
        ):  # fmt: skip
            answer = getattr(stranger, method)(f"/api/v1/reconciliation-lists/{list_id}{path}", {}, JSON)
            assert (answer.status_code, answer.json()["code"]) == (404, "settlement.no_such_comparison")


# EVENT-1
@pytest.mark.parametrize(
    ("payable", "said"),
    [
        (160.0, "已比对，和结算单一致"),
        (170.0, "已比对：1 处差异，0 处读不出"),
        ("八十", "已比对：1 处差异，1 处读不出"),
    ],
)
def test_the_brand_is_told_what_became_of_its_list(payable: Any, said: str) -> None:
    market = Marketplace()
    statement_id, lines = sent(market, 1)
    rows = rows_of(lines)
    rows[0][6] = payable
    clerk = signed_in(market.clerk)
    with set_to(OVER):
        list_id = sent_list(clerk, statement_id, workbook([HEADING, *rows])).json()["id"]
        read(list_id)
        told = list_events(inbox_of(market.clerk)).items[0]
        assert (told.kind, told.subject_id) == (EventKind.STATEMENT_LIST_READY, list_id)
        assert told.zh == f"结算单 {statement_id} 的对账表（第 {list_id} 份）{said}"
        assert f"/portal/statements/lists/{list_id}/" in clerk.get("/portal/inbox/").content.decode()
        assert Event.objects.filter(kind=EventKind.STATEMENT_LIST_READY, for_platform=True).count() == 0
    assert TOPICS[EventKind.STATEMENT_LIST_READY] is Topic.UPLOAD


def test_finance_are_told_once_when_lines_are_disputed_by_a_list() -> None:
    market = Marketplace()
    statement_id, lines = sent(market)
    rows = rows_of(lines)
    for row in rows:
        row[6] = 161.0
    clerk, finance = signed_in(market.clerk), signed_in(market.finance)
    with set_to(OVER):
        list_id = sent_list(clerk, statement_id, workbook([HEADING, *rows])).json()["id"]
        read(list_id)
        clerk.post(f"/api/v1/reconciliation-lists/{list_id}/disputes", {}, JSON)
        [told] = Event.objects.filter(kind=EventKind.STATEMENT_DISPUTED, subject_id=statement_id)
        assert (told.data["lines"], told.for_platform) == (3, True)
        assert f'href="/console/statements/{statement_id}/"' in finance.get("/console/inbox/").content.decode()
