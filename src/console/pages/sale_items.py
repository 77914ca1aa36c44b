"""The items of a sale: ops add and remove them while it is a draft, and change units and limits."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from console.pages.base_views import BOTH, FormAction, bind, cursor_of, render_page, sentence, submit_form
from console.pages.sale_forms import FreeStockForm
from console.pages.sale_jobs import cancel_action, request_fill
from flashsales.rules import Phase, trial_batch
from flashsales.selectors import sales
from flashsales.selectors.sale_jobs import SaleJobView, get_latest_job, has_large_stock
from flashsales.selectors.sales import SaleView
from flashsales.services import planning
from flashsales.services.planning import PlannedUnits
from inventory.selectors.stock import free_stock
from inventory.selectors.styles import styles_of_brand
from kernel import clock
from kernel.refusal import Invalid, Refusal
from web.form_errors import Fault
from web.query_parameters import accepts_parameters, cursor, parse_number, text

OPS = (Role.OPS,)
OPEN = (Phase.WAITING, Phase.PREVIEW, Phase.LIVE)


class NothingChosen(Invalid):
    code = "console.nothing_chosen"
    zh = "请先勾选有可用库存的款"
    en = "Tick styles that have free stock first"


@role_required(*BOTH)
@accepts_parameters(q=text(64), stock_cursor=cursor, cursor=cursor)
def items(request: ActorRequest, sale_id: int) -> HttpResponse:
    """The items of a sale. In a draft ops add styles from the brand's free stock and change units and limits; later, limits only."""
    view = sales.get_sale(sale_id, at=clock.now())
    job = get_latest_job(sale_id)
    tried = submit_form(request, _form_actions(view, job))
    faults: list[Fault] = []
    if request.method == "POST" and not tried.done:
        faults = _change_items(request, view)
    if request.method == "POST" and not faults and not any(form.is_bound for form in tried.forms.values()):
        return redirect(request.get_full_path())
    if tried.done:
        return redirect("console:sale_items", sale_id)
    search = request.GET.get("q", "").strip()
    stock = styles_of_brand(
        view.brand_id, search=search, free_only=True, cursor=request.GET.get("stock_cursor", ""), limit=20
    )
    return render_page(
        request,
        "sale_items.html",
        tab="items",
        sale=view,
        job=job,
        editable=view.phase is Phase.DRAFT and not (job and job.is_open) and request.actor.role is Role.OPS,
        limitable=view.phase in OPEN and request.actor.role is Role.OPS,
        page=sales.list_items(sale_id, cursor=cursor_of(request), limit=40),
        totals=sales.sale_totals(sale_id),
        stock=stock,
        chosen=set(request.POST.getlist("style")),
        typed=request.POST,
        q=search,
        faults=faults,
        form_actions=tried.forms,
    )


def _form_actions(view: SaleView, job: SaleJobView | None) -> dict[str, FormAction]:
    if view.phase is not Phase.DRAFT:
        return {}
    if job and job.is_open:
        return cancel_action(job)
    fixed, options = {"sale_id": view.id}, {"brand_id": view.brand_id}
    if has_large_stock(view.id):
        act, done = bind(request_fill, **fixed), gettext_lazy("正在后台放入可用库存")
    else:
        act, done = bind(planning.add_free_stock, **fixed), gettext_lazy("可用库存已放入")
    return {"free": FormAction(OPS, act, done, FreeStockForm, options=options)}


def _change_items(request: ActorRequest, view: SaleView) -> list[Fault]:
    """Do what the form asks: add styles, save units and limits, or remove SKUs. Returns the faults.

    The services refuse who may not do this, and what the state of the sale does not allow.
    """
    sent, actor, now = request.POST, request.actor, clock.now()
    fields = _IntegerFields(sent)
    try:
        if "add_items" in sent:
            lines = _lines_of_styles(view, sent, fields)
            if not fields.faults:
                planning.add_items(actor=actor, sale_id=view.id, lines=lines, now=now)
                messages.success(request, _("已放入 {n} 个 SKU").format(n=len(lines)))
        elif "save" in sent:
            lines = _typed_lines(sent, fields)
            if not fields.faults:
                planning.add_items(actor=actor, sale_id=view.id, lines=lines, now=now)
                messages.success(request, _("件数与限购已保存"))
        elif "save_limits" in sent:
            limits = _typed_limits(sent, fields)
            if not fields.faults:
                # The limits of single SKUs of a published sale; its own limit stays.
                planning.set_limits(
                    actor=actor, sale_id=view.id, limit_units=view.limit_units, item_limits=limits, now=now
                )
                messages.success(request, _("限购已保存"))
        elif "remove_items" in sent:
            sku_ids = [number for text in sent.getlist("sku") if (number := parse_number(text)) is not None]
            planning.remove_items(actor=actor, sale_id=view.id, sku_ids=sku_ids, now=now)
            messages.success(request, _("已移出 {n} 个 SKU").format(n=len(sku_ids)))
    except Refusal as refusal:
        return [Fault(sentence(request, refusal))]
    return fields.faults


class _IntegerFields:
    """Reads whole numbers of a posted form by name. A value that is no whole number becomes a fault of its field."""

    def __init__(self, sent: QueryDict) -> None:
        self.sent = sent
        self.faults: list[Fault] = []

    def get(self, name: str, label: str, *, required: bool = False) -> int | None:
        text = self.sent.get(name, "").strip()
        number = parse_number(text)
        if number is None and (text or required):
            self.faults.append(Fault(_("请填写整数，例如 20"), name, label))
        return number


def _lines_of_styles(view: SaleView, sent: QueryDict, fields: _IntegerFields) -> list[PlannedUnits]:
    """The free units of the chosen styles, each style reduced in proportion to `max_units`, unless that is empty."""
    max_units, limit = fields.get("max_units", _("每款最多件数")), fields.get("limit", _("每人每码限购"))
    chosen = {parse_number(text) for text in sent.getlist("style")}
    lines = []
    for style_id, units in free_stock(view.brand_id).items():
        if style_id not in chosen:
            continue
        taken = units if max_units is None else trial_batch(units, max_units=max_units)
        lines += [PlannedUnits(sku_id, count, limit) for sku_id, count in taken.items() if count]
    if not lines:
        raise NothingChosen
    return lines


def _typed_lines(sent: QueryDict, fields: _IntegerFields) -> list[PlannedUnits]:
    lines = []
    for name in sent:
        sku_id = parse_number(name.removeprefix("units-")) if name.startswith("units-") else None
        if sku_id is not None:
            units = fields.get(name, _("计划件数"), required=True)
            lines.append(PlannedUnits(sku_id, units or 0, fields.get(f"limit-{sku_id}", _("每人限购"))))
    return lines


def _typed_limits(sent: QueryDict, fields: _IntegerFields) -> dict[int, int | None]:
    names = [(name, parse_number(name.removeprefix("item-"))) for name in sent if name.startswith("item-")]
    return {item_id: fields.get(name, _("每人限购")) for name, item_id in names if item_id is not None}
