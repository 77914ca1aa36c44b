"""Set the retail prices of a sale or of picked styles, typed or by rule, and forward them (FORWARD-1, FORWARD-12, FORWARD-13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.forms import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from flashsales.rules import Phase
from flashsales.rules.finder import StyleFilter
from flashsales.selectors import finder, sales
from flashsales.selectors.sales import NoSuchSale
from forwarding.rules.pages import MAX_SELECTED_STYLES, MAX_STYLES_PER_PAGE, SelectedStyle
from forwarding.selectors.forwards import ForwardAddress
from forwarding.selectors.pricing import PriceProposalView, PriceRuleView, list_price_rules, propose_prices
from forwarding.services import forwards as forwards_services
from forwarding.services import price_rules
from forwarding.services import prices as forwarding_prices
from forwarding.services.forwards import InvalidSelection
from forwarding.services.price_rules import NoSuchCategory
from forwarding.services.prices import BelowCost, PriceDraft
from inventory.selectors.stock import CategoryView, categories
from kernel import clock
from kernel.money import format_yuan
from kernel.refusal import Refusal
from membership.selectors.people import MemberView
from shop.forms import FIRST_RULE, PRESETS, PriceRuleForm
from shop.pages import packs
from shop.pages.base_views import flash_refusal, parse_int, render_page, reseller
from shop.profit import PieceProfit, profit_at
from web.form_errors import Fault
from web.form_fields import YuanField
from web.query_parameters import accepts_parameters, cursor, parse_number, text


@dataclass(frozen=True, slots=True)
class PricedRow:
    """A style with the price in its field, and what is wrong with it.

    `rule_fen` is the price that the rule gave, 0 where none; `asked_fen` a price that is taken once she confirms it, 0 where none.
    """

    goods: PriceProposalView
    typed: str
    rule_fen: int
    fault: str
    asked_fen: int
    loses_money: bool
    profit: PieceProfit | None


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule that she keeps; `category` is the name of its category, "" for all."""

    rule: PriceRuleView
    category: str


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def price_styles(request: ActorRequest, sale_id: int) -> HttpResponse:
    """Set the retail prices of styles of a live sale or a preview, and make the page of the sale.

    An emptied price removes the style from the page. `act` is `apply` (fill in the prices of a rule), `whole` (price the whole sale by it),
    else the typed prices are saved and the sale is forwarded.
    """
    me, now = reseller(request), clock.now()
    sale = sales.get_sale(sale_id, at=now, tier=me.tier)
    if sale.phase not in (Phase.LIVE, Phase.PREVIEW):
        raise NoSuchSale(sale_id=sale_id)
    page = finder.find_styles(
        tier=me.tier,
        at=now,
        filters=StyleFilter(sale_id=sale_id),
        cursor=request.GET.get("cursor", ""),
        limit=MAX_STYLES_PER_PAGE,
    )
    chosen = [SelectedStyle(sale_id, each.style_id) for each in page.items]
    if request.method == "POST" and request.POST.get("act") == "whole":
        return _price_whole_sale(request, sale_id)
    form = _Pricing(request, me, chosen, sale_id=sale_id)
    if form.is_saved:
        try:
            made = forwards_services.create_forward(actor=request.actor, sale_id=sale_id, style_id=None, now=now)
        except Refusal as refusal:
            flash_refusal(request, refusal)
        else:
            packs.draw(request, ForwardAddress(made.id, made.token, is_storefront=False))
            return redirect("shop:forward", made.id)
    return render_page(
        request,
        "price_styles.html",
        me,
        sale=sale,
        page=page,
        up=reverse("shop:sale", args=[sale_id]),
        **form.context(),
    )


@role_required(Role.RESELLER)
@accepts_parameters(styles=text(600))
def price_selection(request: ActorRequest) -> HttpResponse:
    """Set the retail prices of picked styles of one or more sales, and make their page.

    `?styles=` names them as `sale-style.sale-style`.
    """
    me, now = reseller(request), clock.now()
    named = parse_selection(request.GET.get("styles", ""))
    if not named:
        return redirect("shop:styles")
    # A style that she picked a while ago may be of a sale that has ended since.
    open_ids = sales.open_sale_ids({each.sale_id for each in named}, at=now)
    picked = [each for each in named if each.sale_id in open_ids]
    form = _Pricing(request, me, picked, sale_id=None)
    if form.is_saved:
        try:
            made = forwards_services.create_selection_forward(actor=request.actor, styles=picked, now=now)
        except Refusal as refusal:
            flash_refusal(request, refusal)
        else:
            packs.draw(request, ForwardAddress(made.id, made.token, is_storefront=False))
            return redirect("shop:forward", made.id)
    return render_page(request, "price_styles.html", me, up=reverse("shop:home"), is_selection=True, **form.context())


@role_required(Role.RESELLER)
@require_POST
def select(request: ActorRequest) -> HttpResponse:
    """Take the styles that she ticked in a list on to pricing. `pick` names each as `sale-style`."""
    picked = parse_selection(".".join(request.POST.getlist("pick")))
    if not 0 < len(picked) <= MAX_SELECTED_STYLES:
        flash_refusal(request, InvalidSelection(max=MAX_SELECTED_STYLES))
        back = request.POST.get("back", "")
        return redirect(back if back.startswith("/shop/") else "shop:home")
    return redirect(f"{reverse('shop:price_selection')}?styles={selection_text(picked)}")


def parse_selection(words: str) -> list[SelectedStyle]:
    """Styles named as `sale-style.sale-style`, each style once; what makes no sense is left out."""
    found: dict[int, SelectedStyle] = {}
    for word in words.split(".")[:MAX_STYLES_PER_PAGE]:
        sale, _dash, style = word.partition("-")
        sale_id, style_id = parse_number(sale), parse_number(style)
        if sale_id and style_id:
            found.setdefault(style_id, SelectedStyle(sale_id, style_id))
    return list(found.values())


def selection_text(styles: Sequence[SelectedStyle]) -> str:
    return ".".join(f"{each.sale_id}-{each.style_id}" for each in styles)


class _Pricing:
    """The form of a page that prices styles: what it shows, and what of it was saved."""

    def __init__(
        self, request: ActorRequest, me: MemberView, chosen: Sequence[SelectedStyle], *, sale_id: int | None
    ) -> None:
        self.request, self.me, self.chosen, self.sale_id = request, me, chosen, sale_id
        self.kept_rules = list_price_rules(me.id)
        posted = request.method == "POST"
        self.act = _act(request.POST) if posted else ""
        self.rule_form = PriceRuleForm.of(request.POST) if "factor" in request.POST else self._first_rule_form()
        self.faults: Mapping[SelectedStyle, Refusal] = {}
        self.typing_faults: dict[SelectedStyle, str] = {}
        self.categories = categories()
        if self.act == "save":
            self._save(request.POST)
        elif self.act == "drop":
            self._drop_rule(parse_int(request.POST.get("drop", "")))

    @property
    def is_applied(self) -> bool:
        """Whether the fields hold the prices of the rule in the form, or by the rules that she keeps."""
        return self.act == "kept" or (self.act == "apply" and self.rule_form.is_valid())

    @property
    def is_saved(self) -> bool:
        is_faulty = self.faults or self.typing_faults or (self.rule_form.is_bound and not self.rule_form.is_valid())
        return self.act == "save" and not is_faulty

    def context(self) -> dict[str, object]:
        rows = self._rows()
        faults = [
            Fault(each.fault, f"price-{each.goods.style_id}", each.goods.name or each.goods.style_no)
            for each in rows
            if each.fault
        ]
        return {
            "rows": rows,
            "faults": faults,
            "asked_count": sum(bool(each.asked_fen) for each in rows),
            "raised_count": sum(each.goods.is_raised for each in rows),
            "kept_count": sum(each.goods.is_kept for each in rows),
            "changed_count": sum(each.goods.cost_changed for each in rows),
            "rule_form": self.rule_form,
            "applied": self.is_applied,
            "replace_own": "replace_own" in self.request.POST,
            "categories": self._categories_of(rows),
            "keep": self.request.POST.get("keep", ""),
            "chosen_category": parse_number(self.request.POST.get("category", "")),
            "kept_rules": self._kept_rules(),
        }

    def _categories_of(self, rows: Sequence[PricedRow]) -> list[CategoryView]:
        """The categories of the styles, and those above them, for which a rule can be meant."""
        parents = {each.id: each.parent_id for each in self.categories}
        wanted: set[int | None] = set()
        for row in rows:
            category_id = row.goods.category_id
            while category_id is not None and category_id not in wanted:
                wanted.add(category_id)
                category_id = parents.get(category_id)
        return [each for each in self.categories if each.id in wanted]

    def _kept_rules(self) -> list[KeptRule]:
        """The rules that she keeps for this sale and for all sales, with the names of their categories."""
        names = {each.id: each.name for each in self.categories}
        return [
            KeptRule(each, names.get(each.category_id, "") if each.category_id else "")
            for each in self.kept_rules
            if each.sale_id is None or each.sale_id == self.sale_id
        ]

    def _drop_rule(self, rule_id: int) -> None:
        try:
            price_rules.drop_price_rule(actor=self.request.actor, rule_id=rule_id)
        except Refusal as refusal:
            flash_refusal(self.request, refusal)
        self.kept_rules = list_price_rules(self.me.id)

    def _first_rule_form(self) -> PriceRuleForm:
        """The rule that she keeps for the sale, else for all sales, else one to begin with."""
        kept = {(each.sale_id, each.category_id): each.fields for each in self.kept_rules}
        return PriceRuleForm.showing(kept.get((self.sale_id, None)) or kept.get((None, None)) or FIRST_RULE)

    def _rows(self) -> list[PricedRow]:
        proposals = propose_prices(
            reseller_id=self.me.id,
            tier=self.me.tier,
            chosen=[(each.sale_id, each.style_id) for each in self.chosen],
            rule=self.rule_form.rule if self.is_applied and self.act == "apply" else None,
            replace_own=self.is_applied and "replace_own" in self.request.POST,
            at=clock.now(),
        )
        meant = self._meant_categories()
        return [self._row(each, meant is None or each.category_id in meant) for each in proposals]

    def _meant_categories(self) -> set[int] | None:
        """The category of the form that is applied, with those below it; None for all."""
        if self.act != "apply" or not self.is_applied:
            return None
        return categories_below(self.rule_form.category_id, self.categories)

    def _row(self, goods: PriceProposalView, is_meant: bool) -> PricedRow:
        key = SelectedStyle(goods.sale_id, goods.style_id)
        refusal = self.faults.get(key)
        asked = refusal if isinstance(refusal, forwarding_prices.QUESTIONS) else None
        is_applied = self.is_applied and is_meant and goods.price_fen is not None
        fen = goods.price_fen if is_meant and (is_applied or goods.retail_fen is None) else goods.retail_fen
        typed = "" if fen is None else format_yuan(fen)
        if self.act and not is_applied:
            # What she typed stays until it is saved, or until she applies a rule.
            typed = self.request.POST.get(f"price-{goods.style_id}", typed)
        fen = _typed_fen(typed)
        return PricedRow(
            goods=goods,
            typed=typed,
            rule_fen=goods.price_fen or 0 if goods.is_proposed and is_meant else 0,
            fault=refusal.sentence(self.request.LANGUAGE_CODE) if refusal else self.typing_faults.get(key, ""),
            asked_fen=(fen or 0) if asked else 0,
            loses_money=isinstance(asked, BelowCost),
            profit=profit_at(fen, goods.cost_fen),
        )

    def _save(self, posted: QueryDict) -> None:
        """Set the typed prices; those that are refused or ask are kept as faults. The rule is kept where she says so."""
        drafts = []
        for each in self.chosen:
            name = str(each.style_id)
            try:
                fen = YuanField(required=False).clean(posted.get(f"price-{name}", ""))
            except ValidationError as wrong:
                self.typing_faults[each] = " ".join(wrong.messages)
                continue
            confirmed = {parse_int(posted.get(f"confirm-{name}", ""))}
            if "confirm_all" in posted:
                confirmed.add(parse_int(posted.get(f"asked-{name}", "")))
            drafts.append(
                PriceDraft(
                    each.sale_id,
                    each.style_id,
                    fen,
                    by_rule=fen is not None and fen == parse_int(posted.get(f"rule-{name}", "")),
                    confirmed=fen in confirmed,
                )
            )
        self.faults = forwarding_prices.set_retail_prices(actor=self.request.actor, drafts=drafts, now=clock.now())
        self._keep_rule(posted.get("keep", ""))

    def _keep_rule(self, keep: str) -> None:
        if keep not in ("sale", "all") or not self.rule_form.is_valid():
            return
        sale_id = self.sale_id if keep == "sale" else None
        form = self.rule_form
        try:
            price_rules.keep_price_rule(
                actor=self.request.actor, sale_id=sale_id, category_id=form.category_id, rule=form.rule, now=clock.now()
            )
        except NoSuchCategory as refusal:
            flash_refusal(self.request, refusal)


def categories_below(category_id: int | None, tree: Sequence[CategoryView]) -> set[int] | None:
    """A category with all below it; None, which stands for all, where none is named."""
    if category_id is None:
        return None
    found = {category_id}
    while more := {each.id for each in tree if each.parent_id in found} - found:
        found |= more
    return found


def _act(posted: QueryDict) -> str:
    if posted.get("preset") in PRESETS or posted.get("act") == "apply":
        return "apply"
    if posted.get("drop"):
        return "drop"
    return "kept" if posted.get("act") == "kept" else "save"


def _typed_fen(typed: str) -> int | None:
    try:
        return YuanField(required=False).clean(typed) or None
    except ValidationError:
        return None


def _price_whole_sale(request: ActorRequest, sale_id: int) -> HttpResponse:
    """Price all styles of the sale by the rule of the form; prices that ask are told and confirmed together."""
    address = reverse("shop:price_styles", args=[sale_id])
    form = PriceRuleForm.of(request.POST)
    if not form.is_valid():
        for words in form.errors.values():
            messages.error(request, " ".join(map(str, words)))
        return redirect(address)
    me, meant = reseller(request), categories_below(form.category_id, categories())
    chosen: list[SelectedStyle] = []
    if meant is not None:
        goods = propose_prices(
            reseller_id=me.id, tier=me.tier, chosen=[(sale_id, None)], rule=None, replace_own=False, at=clock.now()
        )
        chosen = [SelectedStyle(sale_id, each.style_id) for each in goods if each.category_id in meant]
        if not chosen:
            messages.info(request, _("本场没有这个类目的货"))
            return redirect(address)
    priced = forwarding_prices.price_by_rule(
        actor=request.actor,
        sale_id=None if chosen else sale_id,
        styles=chosen,
        rule=form.rule,
        replace_own="replace_own" in request.POST,
        confirmed_version=request.POST.get("version", ""),
        now=clock.now(),
    )
    if not priced.is_set:
        return render_page(
            request, "price_questions.html", me, sale_id=sale_id, priced=priced, rule_form=form,
            replace_own="replace_own" in request.POST, up=address,
        )  # fmt: skip
    price_rules.keep_price_rule(
        actor=request.actor, sale_id=sale_id, category_id=form.category_id, rule=form.rule, now=clock.now()
    )
    messages.success(request, _("已按规则定好 {count} 款的价").format(count=priced.priced))
    if priced.kept:
        messages.info(request, _("您自己定价的 {count} 款没有动").format(count=priced.kept))
    return redirect(address)
