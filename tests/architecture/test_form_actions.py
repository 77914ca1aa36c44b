"""Whatever the audit trail records, the console can say in words."""

import ast
from collections.abc import Iterator
from pathlib import Path

from aftersales.rules import CaseAction
from brands.rules import BrandStatus
from console.labels import AUDIT_ACTIONS
from treasury.rules.requests import RequestKind

SRC = Path(__file__).resolve().parents[2] / "src"
CHOSEN_AT_RUN_TIME = {
    "accounts": {
        "accounts.set_up_codes",
        "accounts.replace_code_device",
        "accounts.approve_code_reset",
        "accounts.refuse_code_reset",
    },
    "aftersales": {f"aftersales.{act.value}" for act in CaseAction},
    "brands": {f"brands.{status.value}" for status in BrandStatus if status is not BrandStatus.APPLIED},
    "treasury": {"treasury.refused", "treasury.cancelled", "treasury.account_approved", "treasury.account_refused"}
    | {f"treasury.enter_{kind.value}" for kind in RequestKind},
    "closings": {"closings.closed", "closings.refused", "closings.cancelled"},
    "orders": {"orders.cancel_unpaid", "orders.expire_unpaid", "orders.pay", "orders.pay_late"},
}


def recorded(app: str, source: str) -> Iterator[str]:
    """The actions named in calls of `record`, `record_all`, or of an app's own `_record` or `record_change`, which add the app's name."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and _name(call.func) in ("record", "record_all", "_record", "record_change"):
            said = [*call.args, *(each.value for each in call.keywords if each.arg == "action")]
            texts = [each.value for each in said if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if texts:
                yield texts[0] if "." in texts[0] else f"{app}.{texts[0]}"


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_recorded_action_has_a_label() -> None:
    said = set().union(*CHOSEN_AT_RUN_TIME.values())
    for path in SRC.rglob("*.py"):
        said |= set(recorded(path.relative_to(SRC).parts[0], path.read_text("utf-8")))
    assert said == set(AUDIT_ACTIONS)


def test_the_scanner_reads_both_ways_of_recording() -> None:
    source = 'record(actor=a, action="orders.pay", kind="order")\n_record(actor, "approve", row, now)\n_record(actor, service, row)'
    assert list(recorded("aftersales", source)) == ["orders.pay", "aftersales.approve"]
