"""A style in a sale: its sizes, what is left, her price and why, her retail price, and the grab."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from aftersales.selectors.cases import get_case_terms
from flashsales.selectors import explanations
from flashsales.selectors import styles as flashsales_goods
from flashsales.selectors.styles import OfferedItem, StyleInSale
from forwarding.rules import WishState
from forwarding.selectors.prices import get_retail_price_fen
from forwarding.selectors.wishes import NoSuchWish, WishView, get_wish
from forwarding.services.prices import BelowCost, require_at_least_cost, set_retail_price
from forwarding.services.wishes import recipient_of_wish
from kernel import clock
from kernel.money import format_yuan
from kernel.refusal import Refusal
from orders.selectors.orders import NoSuchRecipient, RecipientView, get_own_recipient, list_own_recipients
from orders.services.recipients import RecipientProposal
from shop.forms import RecipientForm, RetailPriceForm
from shop.pages.base_views import parse_int, render_page, reseller
from web.query_parameters import accepts_parameters, number


@role_required(Role.RESELLER)
@never_cache
@accepts_parameters(item=number, to=number, recipient=number, wish=number, below_cost=number)
def style(request: ActorRequest, sale_id: int, style_id: int) -> HttpResponse:
    """`?item=` chooses a size and colour, `?to=` a recipient, `?wish=` is the wish that led here. As she chooses, htmx fetches the page
    and takes what hangs on the choice out of it; what she has typed stays as it is.

    Nobody is chosen for her: without `?to=` there is no recipient, and of several sizes none without `?item=`. Who left a wish is
    proposed beside the wish, for her to confirm.
    """
    me, now = reseller(request), clock.now()
    view = flashsales_goods.get_style_in_sale(
        sale_id=sale_id, style_id=style_id, tier=me.tier, reseller_id=me.id, at=now
    )
    item = _chosen(view, request.GET)
    shown = item or _cheapest(view)
    recipient = _recipient(me.id, request.GET.get("to") or request.GET.get("recipient", ""))
    retail_fen = get_retail_price_fen(reseller_id=me.id, sale_id=sale_id, style_id=style_id)
    wish = _wish(me.id, request.GET.get("wish", ""))
    below_cost_fen = parse_int(request.GET.get("below_cost", ""))
    most = max(item.may_take if item else max(each.may_take for each in view.items), 1)
    return render_page(
        request,
        "goods.html",
        me,
        view=view,
        colours=_by_colour(view),
        item=item,
        shown=shown,
        one_price=len({each.price_fen for each in view.items}) == 1,
        one_label=len({(each.label_cut, each.retail_floor_fen) for each in view.items}) == 1,
        most=most,
        wish=wish,
        proposal=_proposal(wish) if wish and not recipient else None,
        after_sales_days=get_case_terms().window.days,
        units=min(wish.units if wish else 1, most),
        any_left=any(each.left for each in view.items),
        any_to_take=any(each.may_take for each in view.items),
        recipients=list_own_recipients(me.id).items,
        recipient=recipient,
        here=(here := _here(request, item, wish)),
        glue="&" if "?" in here else "?",
        key=uuid.uuid4().hex,
        retail_fen=retail_fen,
        retail_form=_retail_form(below_cost_fen or retail_fen),
        question=_question(view, below_cost_fen, request.LANGUAGE_CODE),
        below_cost_fen=below_cost_fen,
    )


@role_required(Role.RESELLER)
@accepts_parameters(item=number)
def why(request: ActorRequest, sale_id: int, style_id: int) -> HttpResponse:
    """The steps behind the price of `?item=`, as far as a reseller may see them; a part for htmx."""
    me, now = reseller(request), clock.now()
    view = flashsales_goods.get_style_in_sale(
        sale_id=sale_id, style_id=style_id, tier=me.tier, reseller_id=me.id, at=now
    )
    item = _chosen(view, request.GET) or _cheapest(view)
    steps = explanations.explain_to_reseller(
        sale_id=sale_id, style_id=style_id, sku_id=item.sku_id, tier=me.tier, reseller_id=me.id, at=now
    )
    return render_page(request, "why.html", me, steps=steps, paid_fen=item.price_fen, defects=view.defects)


@role_required(Role.RESELLER)
@require_POST
def set_price(request: ActorRequest, sale_id: int, style_id: int) -> HttpResponse:
    """Set her retail price. To htmx the answer is the panel anew, a refusal in it with the floor named.

    A price below cost is asked about first; what was asked about stands in the form, so that only that very price is confirmed.
    """
    me, now = reseller(request), clock.now()
    form = RetailPriceForm(request.POST)
    context: dict[str, object] = {"retail_form": form}
    if form.is_valid():
        asked_fen = form.cleaned_data["retail_price"]
        try:
            set_retail_price(
                actor=request.actor,
                sale_id=sale_id,
                style_id=style_id,
                price_fen=asked_fen,
                below_cost_confirmed=parse_int(request.POST.get("below_cost", "")) == asked_fen,
                now=now,
            )
        except BelowCost as question:
            context |= {"question": question.sentence(request.LANGUAGE_CODE), "below_cost_fen": asked_fen}
            if not request.headers.get("HX-Request"):
                page = reverse("shop:goods", args=[sale_id, style_id])
                return redirect(f"{page}?below_cost={asked_fen}#retail")
        except Refusal as refusal:
            form.add_error("retail_price", refusal.sentence(request.LANGUAGE_CODE))
        else:
            context["saved"] = True
    if not request.headers.get("HX-Request"):
        for words in form.errors.get("retail_price", ()):
            messages.error(request, str(words), extra_tags="id_retail_price")
        return redirect("shop:goods", sale_id, style_id)
    context["view"] = flashsales_goods.get_style_in_sale(
        sale_id=sale_id, style_id=style_id, tier=me.tier, reseller_id=me.id, at=now
    )
    context["retail_fen"] = get_retail_price_fen(reseller_id=me.id, sale_id=sale_id, style_id=style_id)
    return render(request, "shop/parts/retail.html", context)


def _retail_form(fen: int | None) -> RetailPriceForm:
    return RetailPriceForm(initial={} if fen is None else {"retail_price": format_yuan(fen)})


def _question(view: StyleInSale, asked_fen: int, language: str) -> str:
    """What she is asked about a price below cost that she typed; "" where there is nothing to ask."""
    if not asked_fen:
        return ""
    try:
        require_at_least_cost(view, asked_fen)
    except BelowCost as question:
        return question.sentence(language)
    return ""


def _wish(reseller_id: int, text: str) -> WishView | None:
    """The wish that led her here, as long as it is hers and waits for an answer."""
    try:
        wish = get_wish(reseller_id, parse_int(text))
    except NoSuchWish:
        return None
    return wish if wish.state is WishState.NEW else None


def _by_colour(view: StyleInSale) -> dict[str, list[OfferedItem]]:
    colours: dict[str, list[OfferedItem]] = {}
    for item in view.items:
        colours.setdefault(item.colour, []).append(item)
    return colours


def _chosen(view: StyleInSale, query: QueryDict) -> OfferedItem | None:
    """The item that is named, else the only one there is; of several none is chosen for her."""
    wanted = query.get("item", "")
    named = next((item for item in view.items if str(item.item_id) == wanted), None)
    return named or (view.items[0] if len(view.items) == 1 else None)


def _cheapest(view: StyleInSale) -> OfferedItem:
    """Whose price is shown before she has chosen: the cheapest that she may take, else the cheapest."""
    items = [item for item in view.items if item.may_take] or view.items
    return min(items, key=lambda item: item.price_fen)


def _recipient(reseller_id: int, text: str) -> RecipientView | None:
    try:
        return get_own_recipient(reseller_id, parse_int(text))
    except NoSuchRecipient:
        return None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whom a wish may be for, as read from it, in a form to confirm."""

    read: RecipientProposal
    form: RecipientForm


def _proposal(wish: WishView) -> Proposal:
    read = recipient_of_wish(wish)
    return Proposal(read, RecipientForm(initial={"name": read.name, "phone": read.phone, "address": read.address}))


def _here(request: ActorRequest, item: OfferedItem | None, wish: WishView | None) -> str:
    """This page with what is chosen, to come back to with a recipient."""
    chosen = {"item": item.item_id if item else None, "wish": wish.id if wish else None}
    query = urlencode({name: value for name, value in chosen.items() if value is not None})
    return f"{request.path}?{query}" if query else request.path
