"""What a customer can report of the goods on her private page, and what became of her reports (AFTER-19)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aftersales.rules import CaseReason, CaseState, FaultReportState
from aftersales.selectors.cases import ReturnOption, get_line_return_options
from aftersales.selectors.exchanges import CurrentLine
from aftersales.selectors.fault_reports import FaultReportView, list_reports_of_page
from aftersales.selectors.photos import PhotoView
from db.rows import view_of


@dataclass(frozen=True, slots=True)
class CustomerReportView:
    """A report as its customer sees it. `case_state`: of the case that her reseller opened from it, None where she opened none."""

    id: int
    state: FaultReportState
    units: int
    reason: CaseReason
    text: str
    photos: tuple[PhotoView, ...]
    may_reuse: bool
    reported_at: datetime
    answer: str
    case_state: CaseState | None


@dataclass(frozen=True, slots=True)
class LineFaults:
    """What can be reported of a line now, up to `max_units` of it and before `until`, and what was reported."""

    can_report: bool = False
    max_units: int = 0
    until: datetime | None = None
    reports: tuple[CustomerReportView, ...] = ()


NO_FAULTS = LineFaults()


def get_line_faults(
    lines: Mapping[int, CurrentLine], *, units: Mapping[int, int], source: str, at: datetime
) -> dict[int, LineFaults]:
    """By the key of `lines`, what a page shows of each; `units` of it are the customer's. Three statements for any number of lines."""
    shipped = {key: each for key, each in lines.items() if key in units and each.line.shipped_units}
    if not shipped:
        return {}
    options = get_line_return_options([(each.line, each.order.paid_at) for each in shipped.values()], at=at)
    reports = list_reports_of_page(source, [each.line.id for each in shipped.values()])
    return {
        key: _line_faults(options[each.line.id], reports[each.line.id], units[key]) for key, each in shipped.items()
    }


def _line_faults(option: ReturnOption, reports: list[FaultReportView], units: int) -> LineFaults:
    has_open_report = any(each.state is FaultReportState.OPEN for each in reports)
    return LineFaults(
        can_report=option.is_returnable and not has_open_report,
        max_units=min(option.returnable_units, units),
        until=option.returnable_until,
        reports=tuple(view_of(CustomerReportView, each) for each in reports),
    )
