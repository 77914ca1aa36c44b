"""What needs doing now; the integrity check; the audit trail; broken floors."""

from django.http import HttpResponse

from accounts.permissions import ActorRequest, page_for
from accounts.selectors import audit_trail
from console.labels import SUBJECTS
from console.pages.base_views import BOTH, after, show, whole
from console.selectors import waiting, watch_floors
from integrity.selectors import check_integrity
from kernel import clock
from web.query_parameters import BadParameter, cursor, flag, number, one_of, takes


@page_for(*BOTH)
def home(request: ActorRequest) -> HttpResponse:
    found = waiting(clock.now())
    return show(request, _either(request, "home.html", "parts/live_sales.html"), waiting=found)


@page_for(*BOTH)
@takes(run=flag)
def integrity(request: ActorRequest) -> HttpResponse:
    """The integrity check: run on request, since it reads the whole database."""
    checks = check_integrity() if request.GET.get("run") else None
    total = sum(len(check.violations) for check in checks or [])
    broken = {violation.invariant for check in checks or [] for violation in check.violations}
    return show(
        request, "integrity.html", checks=checks, total=total, broken=broken, invariants=range(1, 8), at=clock.now()
    )


@page_for(*BOTH)
@takes(kind=one_of(SUBJECTS), id=number, after=cursor)
def audit(request: ActorRequest) -> HttpResponse:
    """Who did what, when; of one kind of thing, or of one thing, where the address names it."""
    kind, number = request.GET.get("kind", ""), whole(request.GET.get("id"))
    if number is not None and not kind:
        raise BadParameter("id", str(number), "还要同时说明是什么对象（kind）", "say of what kind it is, too (kind)")
    page = audit_trail(subject_kind=kind, subject_id=number, after=after(request), size=50)
    return show(request, "audit.html", page=page, kind=kind, number=number, kinds=SUBJECTS)


@page_for(*BOTH)
def watch(request: ActorRequest) -> HttpResponse:
    """Prices of open sales against the brands' floors, with the evidence."""
    return show(request, "watch.html", found=watch_floors(clock.now()))


def _either(request: ActorRequest, page: str, fragment: str) -> str:
    return fragment if request.headers.get("HX-Request") else page
