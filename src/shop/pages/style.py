"""A style in a sale: its sizes and available units, the reseller's price and why, her retail price, and the form of the grab."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
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
from flashsales.rules import Phase
from flashsales.rules.waiting import OwnEntry
from flashsales.selectors import explanations
from flashsales.selectors import styles as flashsales_styles
from flashsales.selectors.freight import get_freight_of_sales
from flashsales.selectors.styles import OfferedItem, StyleInSale
from flashsales.selectors.waiting_list import own_entries_of
from forwarding.rules.pricing import PricedGoods
from forwarding.rules.wishes import WishState
from forwarding.selectors.prices import get_retail_price_fen
from forwarding.selectors.wish_desk import get_wish_version
from forwarding.selectors.wishes import NoSuchWish, WishView, get_wish
from forwarding.services.prices import QUESTIONS, BelowCost, question_about, set_retail_price
from forwarding.services.wishes import recipient_of_wish
from inventory.selectors.size_charts import charts_of_styles
from kernel import clock
from kernel.money import format_yuan
from kernel.refusal import Refusal
from orders.rules.recipients import CustomerSize, fitting_sizes
from orders.selectors.customers import get_sizes_by_phone
from orders.selectors.orders import NoSuchRecipient, RecipientView, get_own_recipient, list_own_recipients
from orders.services.recipients import RecipientProposal
from shop.forms import RecipientForm, RetailPriceForm
from shop.pages.base_views import parse_int, render_page, reseller
from shop.pages.cards import slides_of
from shop.pages.draw import draw_of_style
from shop.pages.waiting_room import take_place, waiting_page
from shop.profit import profit_at
from web.query_parameters import accepts_parameters, number, text


@role_required(Role.RESELLER)
@never_cache
@accepts_parameters(
    item=number, to=number, recipient=number, wish=number, version=text(16), confirm=number, key=text(64)
)
def style(request: ActorRequest, sale_id: int, style_id: int) -> HttpResponse:
    """`?item=` chooses a size and colour, `?to=` a recipient; `?wish=` is the wish that led here, `?version=` what
    it was when the page first showed it. `?key=` is that of a grab whose outcome is not known, so that her next tap repeats it.

    When she chooses, htmx fetches the page and takes from it the parts that depend on the choice; what she has typed stays. Nothing
    is chosen for her: there is no recipient without `?to=`, and of several sizes none without `?item=`. The customer who left a wish
    is proposed as a recipient, for her to confirm.
    """
    me, now = reseller(request), clock.now()
    view = flashsales_styles.get_style_in_sale(
        sale_id=sale_id, style_id=style_id, tier=me.tier, reseller_id=me.id, at=now
    )
    place = take_place(me, view.sale) if view.phase is Phase.LIVE else None
    if place is not None and not place.is_admitted:
        return waiting_page(request, me, view.sale, place)
    item = _chosen(view, request.GET)
    priced_item = item or _cheapest(view)
    recipient = _recipient(me.id, request.GET.get("to") or request.GET.get("recipient", ""))
    retail_fen = get_retail_price_fen(reseller_id=me.id, sale_id=sale_id, style_id=style_id)
    wish = _wish(me.id, request.GET.get("wish", ""))
    version = request.GET.get("version") or get_wish_version(me.id, wish.id) if wish else ""
    page_url = _page_url(request, item, wish, version)
    confirm_fen = parse_int(request.GET.get("confirm", ""))
    question = question_about(view.style_no, priced_goods(view), confirm_fen) if confirm_fen else None
    max_units = max(item.max_units if item else max(each.max_units for each in view.items), 1)
    terms = view.quantity_terms
    first_units = terms.first_units if terms else 1
    return render_page(
        request,
        "style.html",
        me,
        view=view,
        freight=get_freight_of_sales([sale_id])[sale_id],
        chart=charts_of_styles([style_id]).get(style_id, ()),
        slides=slides_of([style_id]).get(style_id, []),
        colours=_by_colour(view),
        item=item,
        priced_item=priced_item,
        one_price=len({each.price_fen for each in view.items}) == 1,
        one_label=len({(each.label_cut, each.retail_floor_fen) for each in view.items}) == 1,
        max_units=max_units,
        wish=wish,
        wish_version=version,
        proposal=_proposal(wish) if wish and not recipient else None,
        after_sales_days=get_case_terms().window.days,
        units=min(max(_wished_units(wish, item), first_units), max_units),
        first_units=first_units,
        needs_grid=max_units < first_units or bool(terms and terms.pack),
        draw=draw_of_style(sale_id=sale_id, style_id=style_id, reseller_id=me.id, at=now),
        sold_out=_sold_out(view, me.id, now),
        reserved_minutes=settings.RESERVATION_LIFE // timedelta(minutes=1),
        wait_for=f"wish:{wish.id}" if wish else f"recipient:{recipient.id}" if recipient else "",
        any_available=any(each.available for each in view.items),
        any_buyable=any(each.max_units for each in view.items),
        any_drawn=any(each.draw_units for each in view.items),
        recipients=list_own_recipients(me.id).items,
        recipient=recipient,
        known_sizes=_known_sizes(me.id, recipient, view),
        page_url=page_url,
        recipient_url=f"{page_url}{'&' if '?' in page_url else '?'}to=",
        key=request.GET.get("key") or uuid.uuid4().hex,
        retail_fen=retail_fen,
        retail_form=_retail_form(confirm_fen or retail_fen),
        question=question.sentence(request.LANGUAGE_CODE) if question else "",
        loses_money=isinstance(question, BelowCost),
        confirm_fen=confirm_fen,
        profit=profit_at(retail_fen, view.highest_price_fen),
    )


def _known_sizes(reseller_id: int, recipient: RecipientView | None, view: StyleInSale) -> list[CustomerSize]:
    """The sizes noted of the chosen customer that the style has, to be said beside her; nothing is chosen for the reseller (CUSTOMER-2)."""
    if recipient is None:
        return []
    noted = get_sizes_by_phone(reseller_id, [recipient.phone]).get(recipient.phone, [])
    return fitting_sizes(noted, {each.size for each in view.items})


@role_required(Role.RESELLER)
@accepts_parameters(item=number)
def why(request: ActorRequest, sale_id: int, style_id: int) -> HttpResponse:
    """What other levels pay, and the steps behind the price of `?item=`, as far as a reseller may see them; a fragment for htmx."""
    me, now = reseller(request), clock.now()
    view = flashsales_styles.get_style_in_sale(
        sale_id=sale_id, style_id=style_id, tier=me.tier, reseller_id=me.id, at=now
    )
    item = _chosen(view, request.GET) or _cheapest(view)
    steps = explanations.explain_to_reseller(
        sale_id=sale_id, style_id=style_id, sku_id=item.sku_id, tier=me.tier, reseller_id=me.id, at=now
    )
    levels = explanations.compare_levels(item, tier=me.tier, at=now)
    return render_page(
        request, "why.html", me, steps=steps, levels=levels, paid_fen=item.price_fen, defects=view.defects
    )


@role_required(Role.RESELLER)
@require_POST
def set_price(request: ActorRequest, sale_id: int, style_id: int) -> HttpResponse:
    """Set her retail price. htmx receives the panel again, with a refusal in it that names the floor.

    A price below cost or an unusual one needs a confirmation. The form carries the price that the question named, so that only that
    price is confirmed.
    """
    me, now = reseller(request), clock.now()
    form = RetailPriceForm(request.POST)
    context: dict[str, object] = {"retail_form": form}
    if form.is_valid():
        price_fen = form.cleaned_data["retail_price"]
        confirmed = parse_int(request.POST.get("confirm", "")) == price_fen
        try:
            set_retail_price(
                actor=request.actor,
                sale_id=sale_id,
                style_id=style_id,
                price_fen=price_fen,
                below_cost_confirmed=confirmed,
                unusual_confirmed=confirmed,
                now=now,
            )
        except QUESTIONS as question:
            context |= {
                "question": question.sentence(request.LANGUAGE_CODE),
                "loses_money": isinstance(question, BelowCost),
                "confirm_fen": price_fen,
            }
            if not request.headers.get("HX-Request"):
                page = reverse("shop:style", args=[sale_id, style_id])
                return redirect(f"{page}?confirm={price_fen}#retail")
        except Refusal as refusal:
            form.add_error("retail_price", refusal.sentence(request.LANGUAGE_CODE))
        else:
            context["saved"] = True
    if not request.headers.get("HX-Request"):
        for words in form.errors.get("retail_price", ()):
            messages.error(request, str(words), extra_tags="id_retail_price")
        return redirect("shop:style", sale_id, style_id)
    view = flashsales_styles.get_style_in_sale(
        sale_id=sale_id, style_id=style_id, tier=me.tier, reseller_id=me.id, at=now
    )
    retail_fen = get_retail_price_fen(reseller_id=me.id, sale_id=sale_id, style_id=style_id)
    context |= {"view": view, "retail_fen": retail_fen, "profit": profit_at(retail_fen, view.highest_price_fen)}
    return render(request, "shop/parts/retail.html", context)


def _retail_form(fen: int | None) -> RetailPriceForm:
    return RetailPriceForm(initial={} if fen is None else {"retail_price": format_yuan(fen)})


def priced_goods(view: StyleInSale) -> PricedGoods:
    return PricedGoods(
        cost_fen=view.highest_price_fen,
        tag_price_fen=max(item.tag_price_fen for item in view.items),
        floor_fen=view.retail_floor_fen,
    )


def _wish(reseller_id: int, text: str) -> WishView | None:
    """The wish that led her here, if it is hers and still new."""
    try:
        wish = get_wish(reseller_id, parse_int(text))
    except NoSuchWish:
        return None
    return wish if wish.state is WishState.NEW else None


def _wished_units(wish: WishView | None, item: OfferedItem | None) -> int:
    """How many units of the chosen item the wish asks for; 1 without a wish for it."""
    lines = wish.lines if wish and item else []
    return next((line.units for line in lines if item and line.item_id == item.item_id), 1)


def _by_colour(view: StyleInSale) -> dict[str, list[OfferedItem]]:
    colours: dict[str, list[OfferedItem]] = {}
    for item in view.items:
        colours.setdefault(item.colour, []).append(item)
    return colours


@dataclass(frozen=True, slots=True)
class SoldOutItem:
    """A size and colour of which nothing is left for her, with the entries with which she waits for it."""

    item: OfferedItem
    entries: list[OwnEntry]


def _sold_out(view: StyleInSale, reseller_id: int, now: datetime) -> list[SoldOutItem]:
    """What she can wait for (SALE-13): the sold-out sizes of a live sale. Without such a size it costs no statement."""
    is_live = view.phase is Phase.LIVE
    items = [item for item in view.items if not item.available and not item.draw_units] if is_live else []
    rows = own_entries_of(reseller_id, item_ids=[item.item_id for item in items], at=now) if items else []
    return [SoldOutItem(item, [row for row in rows if row.item_id == item.item_id]) for item in items]


def _chosen(view: StyleInSale, query: QueryDict) -> OfferedItem | None:
    """The item that the address names, else the only item; None where there are several."""
    item_id = query.get("item", "")
    named = next((item for item in view.items if str(item.item_id) == item_id), None)
    return named or (view.items[0] if len(view.items) == 1 else None)


def _cheapest(view: StyleInSale) -> OfferedItem:
    """The item whose price is shown before she has chosen: the cheapest that she may buy, else the cheapest."""
    items = [item for item in view.items if item.max_units] or view.items
    return min(items, key=lambda item: item.price_fen)


def _recipient(reseller_id: int, text: str) -> RecipientView | None:
    try:
        return get_own_recipient(reseller_id, parse_int(text))
    except NoSuchRecipient:
        return None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A recipient read from the text of a wish, with a form to confirm it."""

    read: RecipientProposal
    form: RecipientForm


def _proposal(wish: WishView) -> Proposal:
    read = recipient_of_wish(wish)
    return Proposal(read, RecipientForm(initial={"name": read.name, "phone": read.phone, "address": read.address}))


def _page_url(request: ActorRequest, item: OfferedItem | None, wish: WishView | None, version: str) -> str:
    """The address of this page with the chosen item and wish as it was shown, to come back to with a recipient."""
    chosen = {"item": item.item_id if item else None, "wish": wish.id if wish else None, "version": version or None}
    query = urlencode({name: value for name, value in chosen.items() if value is not None})
    return f"{request.path}?{query}" if query else request.path
