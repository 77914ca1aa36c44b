"""Sales: the list, the form of a new sale, the drafts beside the rules of now, and one sale from draft to end."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Actor, Role
from console.pages.base_views import (
    BOTH,
    FormAction,
    audit_log,
    bind,
    cursor_of,
    render_page,
    sentence,
    submit_form,
)
from console.pages.freight_forms import SaleFreightForm, enter_sale_freight, freight_initial
from console.pages.sale_forms import (
    DrawForm,
    ExtendForm,
    HeadStartForm,
    LimitForm,
    PinForm,
    ReasonForm,
    RerunForm,
    ScheduleForm,
    WaitingRoomForm,
    on_the_hour,
)
from console.pages.sale_jobs import cancel_action, request_publication
from console.selectors import drift_of_scheduled, get_live_sale
from flashsales.rules import Phase
from flashsales.rules.draw import DEFAULT_ORDER_MINUTES
from flashsales.selectors import publication
from flashsales.selectors import sales as flashsales_sales
from flashsales.selectors import scheduled as flashsales_scheduled
from flashsales.selectors.draws import DrawSettings, get_draw_for_ops, get_draw_settings
from flashsales.selectors.freight import get_sale_freight
from flashsales.selectors.hero import HeroPinView, get_pin
from flashsales.selectors.sale_jobs import get_latest_job, has_many_items
from flashsales.selectors.sales import SaleView
from flashsales.selectors.terms_warnings import list_terms_warnings
from flashsales.selectors.waiting_list import list_demand
from flashsales.selectors.waiting_room import get_admission_rate, get_room
from flashsales.services import draws, ending, head_start, hero, planning, publishing, waiting_room
from kernel import clock
from kernel.refusal import Refusal
from pricing.rules.terms import SaleTerms
from pricing.selectors.price_lists import list_excluded_skus
from settlement.selectors.statements import get_statement_of_sale
from settlement.services.statements import generate_statement
from web.query_parameters import accepts_parameters, cursor, number, one_of, parse_number

OPS = (Role.OPS,)
MAX_STYLES_SHOWN = 24
MAX_ENTRIES_SHOWN = 200
MAX_SKUS_CHECKED_AT_ONCE = 5_000
"""For a draft with more SKUs htmx fetches the publication check after the page: it takes about 0.07 s per thousand SKUs."""
TABS = (Phase.LIVE, Phase.PREVIEW, Phase.WAITING, Phase.DRAFT, Phase.ENDED, Phase.CANCELLED)


@role_required(*BOTH)
@accepts_parameters(phase=one_of(Phase), cursor=cursor)
def sales(request: ActorRequest) -> HttpResponse:
    value = request.GET.get("phase", "")
    phase = Phase(value) if value in set(Phase) else None
    page = flashsales_sales.list_sales(at=clock.now(), phase=phase, cursor=cursor_of(request), limit=20)
    rows = [(sale, flashsales_sales.sale_totals(sale.id)) for sale in page.items]
    return render_page(request, "sales.html", page=page, rows=rows, phase=phase, phases=TABS)


@role_required(*BOTH)
@accepts_parameters(cursor=cursor)
def scheduled(request: ActorRequest) -> HttpResponse:
    """Drafts that the rules of now would price otherwise, with each difference. Ops price one draft or all of the page again."""
    now = clock.now()
    if request.method == "POST":
        _price_drafts(
            request, [number for text in request.POST.getlist("sale") if (number := parse_number(text)) is not None]
        )
        return redirect(request.get_full_path())
    page = flashsales_scheduled.list_scheduled_sales(at=now, cursor=cursor_of(request), limit=20)
    rows = [(each, drift_of_scheduled(each, now)) for each in page.items]
    return render_page(
        request, "scheduled.html", page=page, rows=rows, stale=[each.sale.id for each in page.items if each.is_stale]
    )


def _price_drafts(request: ActorRequest, sale_ids: list[int]) -> None:
    """Price drafts again. A refusal names its sale and does not stop the others."""
    now = clock.now()
    for sale_id in sale_ids:
        try:
            prices = planning.price_draft(actor=request.actor, sale_id=sale_id, now=now)
        except Refusal as refusal:
            messages.error(request, f"{flashsales_sales.get_sale(sale_id, at=now).title}：{sentence(request, refusal)}")
        else:
            title = flashsales_sales.get_sale(sale_id, at=now).title
            messages.success(
                request, gettext("{title}：已按现行规则定价 {n} 个 SKU").format(title=title, n=prices.priced)
            )


@role_required(Role.OPS)
@accepts_parameters(brand=number)
def schedule(request: ActorRequest) -> HttpResponse:
    """Draft a sale; `?brand=` chooses the brand."""
    initial = {
        "brand_id": parse_number(request.GET.get("brand")),
        "starts_at": on_the_hour(clock.now() + timedelta(hours=2)),
    }
    form_actions = {
        "schedule": FormAction(OPS, bind(planning.schedule), _("已排期，请放入商品"), ScheduleForm, initial)
    }
    tried = submit_form(request, form_actions)
    if tried.done and isinstance(tried.result, SaleView):
        return redirect("console:sale_items", tried.result.id)
    return render_page(request, "sale_new.html", form=tried.forms["schedule"])


@role_required(*BOTH)
def sale(request: ActorRequest, sale_id: int) -> HttpResponse:
    """One sale, with the form actions that its phase allows."""
    now = clock.now()
    view = flashsales_sales.get_sale(sale_id, at=now)
    pin, job = get_pin(sale_id), get_latest_job(sale_id)
    is_busy = job is not None and job.is_open
    tried = submit_form(request, cancel_action(job) if job and is_busy else _form_actions(view, pin, now))
    if tried.done:
        if isinstance(tried.result, SaleView) and tried.result.id != sale_id:
            return redirect("console:sale", tried.result.id)
        return redirect("console:sale", sale_id)
    live = get_live_sale(view)
    check_now = view.phase is Phase.DRAFT and not is_busy and live.totals.skus <= MAX_SKUS_CHECKED_AT_ONCE
    return render_page(
        request,
        "sale.html",
        tab="sale",
        sale=view,
        job=job,
        pin=pin,
        freight=get_sale_freight(sale_id).terms,
        terms=SaleTerms.from_json(view.terms),
        live=live,
        check=publication.publication_check(sale_id, at=now) if check_now else None,
        terms_warnings=list_terms_warnings(sale_id) if check_now else [],
        draw_fault=_draw_fault(request, sale_id, now) if check_now else "",
        styles=flashsales_sales.sell_through(sale_id, limit=MAX_STYLES_SHOWN),
        demand=list_demand(sale_id) if view.phase is Phase.LIVE else [],
        room=get_room(sale_id, at=now),
        draw=get_draw_for_ops(sale_id, limit=MAX_ENTRIES_SHOWN, at=now),
        excluded=list_excluded_skus(view.price_list_id) if view.price_list_id else [],
        statement=get_statement_of_sale(sale_id),
        before=flashsales_sales.get_sale(view.rerun_of_id, at=now) if view.rerun_of_id else None,
        audit_log=audit_log("sale", sale_id, 20),
        refusal=tried.refusal,
        form_actions=tried.forms,
    )


@role_required(*BOTH)
def watch(request: ActorRequest, sale_id: int) -> HttpResponse:
    """The figures that change while a sale runs; htmx polls them. After the end the answer reloads the page, which stops the polling."""
    view = flashsales_sales.get_sale(sale_id, at=clock.now())
    response = render_page(
        request,
        "parts/sale_watch.html",
        sale=view,
        live=get_live_sale(view),
        styles=flashsales_sales.sell_through(sale_id, limit=MAX_STYLES_SHOWN),
        demand=list_demand(sale_id),
        room=get_room(sale_id, at=clock.now()),
        draw=get_draw_for_ops(sale_id, limit=MAX_ENTRIES_SHOWN, at=clock.now()),
    )
    if view.phase is not Phase.LIVE:
        response["HX-Refresh"] = "true"
    return response


@role_required(*BOTH)
def publication_check(request: ActorRequest, sale_id: int) -> HttpResponse:
    """The publication check of a large draft, as a fragment for htmx."""
    return render_page(
        request,
        "parts/publication_check.html",
        check=publication.publication_check(sale_id, at=clock.now()),
        terms_warnings=list_terms_warnings(sale_id),
        draw_fault=_draw_fault(request, sale_id, clock.now()),
    )


def _draw_fault(request: ActorRequest, sale_id: int, now: datetime) -> str:
    """Why the draft could not be published now because of its draw; "" where it could."""
    refusal = draws.check_draw_times(sale_id=sale_id, now=now)
    return "" if refusal is None else refusal.sentence(request.LANGUAGE_CODE)


def _form_actions(view: SaleView, pin: HeroPinView | None, now: datetime) -> dict[str, FormAction]:
    fixed = {"sale_id": view.id}

    def limit(*, actor: Actor, now: datetime, limit_units: int | None) -> object:
        return planning.set_limits(actor=actor, limit_units=limit_units, item_limits={}, now=now, **fixed)

    form_actions: dict[str, FormAction] = {}
    if view.phase is Phase.DRAFT:
        form_actions["freight"] = FormAction(
            OPS,
            enter_sale_freight(view.id),
            _("这场的运费已保存"),
            SaleFreightForm,
            freight_initial(get_sale_freight(view.id).terms),
        )
        form_actions["head_start"] = FormAction(
            OPS,
            bind(head_start.set_head_start, **fixed),
            _("提前开抢已保存"),
            HeadStartForm,
            {"minutes": " ".join(map(str, view.head_start_minutes)) if view.openings else ""},
        )
        form_actions["waiting_room"] = FormAction(
            OPS,
            bind(waiting_room.set_waiting_room, **fixed),
            _("等候室已保存"),
            WaitingRoomForm,
            {"admission_rate": get_admission_rate(view.id)},
        )
        draw = get_draw_settings(view.id) or DrawSettings(None, DEFAULT_ORDER_MINUTES, [])
        form_actions["draw"] = FormAction(
            OPS,
            bind(draws.set_draw, **fixed),
            _("抽签已保存"),
            DrawForm,
            {"entry_minutes": draw.entry_minutes, "order_minutes": draw.order_minutes, "codes": " ".join(draw.codes)},
        )
        if has_many_items(view.id):
            act, done = bind(request_publication, **fixed), _("正在后台发布")
        else:
            act, done = bind(publishing.publish, **fixed), _("专场已发布，价格已冻结")
        form_actions["publish"] = FormAction(OPS, act, done)
    if view.phase in (Phase.WAITING, Phase.PREVIEW, Phase.LIVE):
        initial = {"ends_at": view.ends_at + timedelta(hours=6)}
        options = {"markdown_has_begun": flashsales_sales.markdown_has_begun(view, at=now)}
        form_actions["extend"] = FormAction(
            OPS, bind(ending.extend, **fixed), _("已延长"), ExtendForm, initial, options
        )
        pinned = {"starts_at": pin.starts_at, "ends_at": pin.ends_at} if pin else {}
        form_actions["pin"] = FormAction(OPS, bind(hero.pin_hero, **fixed), _("已置顶到首页"), PinForm, pinned)
        if pin:
            form_actions["unpin"] = FormAction(OPS, bind(hero.unpin_hero, **fixed), _("已取消置顶，首页按规则自动选"))
    if view.phase is Phase.LIVE:
        form_actions["end_early"] = FormAction(
            OPS, bind(ending.end_early, **fixed), _("专场已结束，未售库存已退回"), ReasonForm
        )
    if view.phase in (Phase.DRAFT, Phase.WAITING, Phase.PREVIEW, Phase.LIVE):
        form_actions["limit"] = FormAction(OPS, limit, _("限购已更新"), LimitForm, {"limit_units": view.limit_units})
        form_actions["cancel"] = FormAction(OPS, bind(ending.cancel, **fixed), _("专场已取消"), ReasonForm)
    if view.phase is Phase.ENDED and view.closed_at:
        start = {"starts_at": on_the_hour(now + timedelta(hours=24))}
        form_actions["rerun"] = FormAction(
            OPS, bind(planning.rerun, **fixed), _("返场草稿已建好，请核对商品与价格"), RerunForm, start
        )
        form_actions["generate_statement"] = FormAction(BOTH, bind(generate_statement, **fixed), _("结算单已生成"))
    return form_actions
