"""The simulator: prices of SKUs under the rules in force or a draft, two sets of rules compared, and workbooks of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import FileResponse, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ActorRequest, role_required
from console import workbook
from console.fields import InstantField
from console.pages.base_views import BOTH, render_page
from console.plot import Histogram, comparison, histogram
from console.selectors import all_brands, open_drafts
from flashsales.selectors.sales import SaleView, get_sale, list_sales, sku_ids_of_sale
from inventory.selectors.stock import names_of_skus
from inventory.selectors.styles import sku_ids_of_styles, styles_of_brand
from kernel import clock
from membership.rules.tiers import TIER_COUNT, Tier
from pricing.rules.comparison import TierDifference
from pricing.rules.quote import Labelling
from pricing.rules.terms import SaleTerms
from pricing.selectors import compare as pricing_compare
from pricing.selectors import price_lists, price_rules
from pricing.selectors.compare import Comparison
from pricing.selectors.price_lists import PreviewRow
from web.file_responses import workbook_answer
from web.query_parameters import accepts_parameters, parse_number, text

MAX_STYLES = 400
FORM_PARAMETERS = {name: text(400) for name in ("brand", "sale", "words", "draft", "tier", "at")}
"""The form checks their values, field by field."""
MAX_SKUS_ON_PAGE = 60
MAX_SKUS = 20_000
MAX_SKUS_COMPARED = 200_000
MAX_CHANGES = 120_000


class SimulationForm(forms.Form):
    """Which SKUs, under which rules, at what instant. All of it stands in the address, so that a result can be sent to a colleague."""

    brand = forms.TypedChoiceField(label=_("品牌"), coerce=int)
    sale = forms.TypedChoiceField(label=_("专场"), coerce=int, required=False, empty_value=None)
    words = forms.CharField(
        label=_("款号或品名"), required=False, max_length=400, help_text=_("可填多个，用空格隔开；不填则全部")
    )
    draft = forms.TypedChoiceField(label=_("规则"), coerce=int, required=False, empty_value=None)
    tier = forms.TypedChoiceField(label=_("分布图的等级"), coerce=int, required=False, empty_value="0")
    at = InstantField(label=_("按何时的规则"), required=False, help_text=_("不填则按开场或现在"))

    def __init__(self, *args: Any, brand_id: int | None, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        brands = [(brand.id, brand.name) for brand in all_brands()]
        offer(self.fields["brand"], brands)
        of_brand = list_sales(at=now, brand_id=brand_id, limit=30).items if brand_id else []
        offer(self.fields["sale"], [("", _("不限，按库存")), *((each.id, each.title) for each in of_brand)])
        offer(self.fields["draft"], [("", _("现行规则")), *_draft_choices()])
        offer(self.fields["tier"], [(tier.value, tier.label(get_language())) for tier in Tier])


class CompareForm(SimulationForm):
    right = forms.TypedChoiceField(label=_("与哪套规则比"), coerce=int, required=False, empty_value=None)

    field_order = ("brand", "sale", "words", "draft", "right", "tier", "at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["draft"].label = _("左：规则")
        self.fields["right"].label = _("右：规则")
        offer(self.fields["right"], [("", _("现行规则")), *_draft_choices()])


@dataclass(frozen=True, slots=True)
class Selection:
    """The SKUs, the terms and the instant that a form selects. `cut_off`: there are more SKUs than the page prices."""

    sku_ids: list[int]
    terms: SaleTerms
    at: datetime
    cut_off: bool


@dataclass(frozen=True, slots=True)
class SkuPrices:
    """One SKU with its prices by tier."""

    by_tier: list[PreviewRow]

    @property
    def first(self) -> PreviewRow:
        return self.by_tier[0]

    @property
    def margins(self) -> tuple[int, int]:
        """The least and the greatest part that is left to the platform, in fen."""
        left = [row.commission_fen for row in self.by_tier]
        return min(left), max(left)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The prices of the selected SKUs: the first of them in full, all of them counted."""

    lines: list[SkuPrices]
    skus: int
    kept: int
    cut: int
    excluded: int
    broken: int
    prices: Histogram
    margins: Histogram


@role_required(*BOTH)
@accepts_parameters(**FORM_PARAMETERS)
def simulator(request: ActorRequest) -> HttpResponse:
    form = _form(request, SimulationForm)
    context: dict[str, Any] = {"form": form, "tab": "one", "tiers": range(TIER_COUNT)}
    if form.is_bound and form.is_valid():
        selection, tier = select_skus(form.cleaned_data, clock.now()), int(form.cleaned_data["tier"])
        context |= {
            "chosen": selection,
            "tier": tier,
            "outcome": _outcome(selection, form.cleaned_data["draft"], tier),
            "to_come": _count_future_rules(form.cleaned_data, selection.at),
        }
    return render_page(request, _template(request, "simulator.html", "parts/simulated.html"), **context)


@role_required(*BOTH)
@accepts_parameters(**FORM_PARAMETERS, right=text(400))
def compare(request: ActorRequest) -> HttpResponse:
    """Two sets of rules, in force or of a draft, over the same SKUs."""
    form = _form(request, CompareForm)
    context: dict[str, Any] = {"form": form, "tab": "two", "tiers": range(TIER_COUNT)}
    if form.is_bound and form.is_valid():
        cleaned = form.cleaned_data
        selection, tier = select_skus(cleaned, clock.now(), limit=MAX_SKUS_COMPARED), int(cleaned["tier"])
        compared = _compared(selection, cleaned, changes_of_tiers=[tier], max_changes=MAX_SKUS_ON_PAGE)
        context |= {
            "chosen": selection,
            "tier": tier,
            "rows": compared.tiers,
            "differs": any(_differs(row) for row in compared.tiers),
            "prices": comparison(compared.prices),
            "margins": comparison(compared.margins),
            "changes": compared.changes,
            "changed": compared.changed,
            "to_come": _count_future_rules(cleaned, selection.at),
        }
    return render_page(request, _template(request, "compare.html", "parts/compared.html"), **context)


@role_required(*BOTH)
@accepts_parameters(**FORM_PARAMETERS)
def export(request: ActorRequest) -> HttpResponse | FileResponse:
    """The prices of all selected SKUs as a workbook, with the steps of every price."""
    form = _form(request, SimulationForm)
    if not form.is_valid():
        return render_page(request, "simulator.html", form=form, tab="one", tiers=range(TIER_COUNT))
    selection = select_skus(form.cleaned_data, clock.now())
    rows = price_lists.preview_price_list(
        sku_ids=selection.sku_ids, terms=selection.terms, at=selection.at, draft_id=form.cleaned_data["draft"]
    )
    english = request.LANGUAGE_CODE == "en"
    book = workbook.write_prices(rows, role=request.actor.role, english=english)
    return workbook_answer(book, "prices.xlsx")


@role_required(*BOTH)
@accepts_parameters(**FORM_PARAMETERS, right=text(400))
def export_comparison(request: ActorRequest) -> HttpResponse | FileResponse:
    """The comparison as a workbook: all six tiers, every changed price, and the plots."""
    form = _form(request, CompareForm)
    if not form.is_valid():
        return render_page(request, "compare.html", form=form, tab="two", tiers=range(TIER_COUNT))
    cleaned = form.cleaned_data
    selection = select_skus(cleaned, clock.now(), limit=MAX_SKUS_COMPARED)
    compared = _compared(selection, cleaned, changes_of_tiers=range(TIER_COUNT), max_changes=MAX_CHANGES)
    english = request.LANGUAGE_CODE == "en"
    names = (_name_of(form, "draft"), _name_of(form, "right"))
    book = workbook.write_comparison(compared, names=names, tier=int(cleaned["tier"]), at=selection.at, english=english)
    return workbook_answer(book, "comparison.xlsx")


@role_required(*BOTH)
@accepts_parameters(**FORM_PARAMETERS)
def why(request: ActorRequest, sku_id: int, tier: int) -> HttpResponse:
    """The steps behind one simulated price; SKUs and rules stand in the address."""
    form = _form(request, SimulationForm)
    if not form.is_valid():
        raise price_lists.NoSuchPrice
    selection = select_skus(form.cleaned_data, clock.now())
    rows = price_lists.preview_price_list(
        sku_ids=[sku_id] if sku_id in set(selection.sku_ids) else [],
        terms=selection.terms,
        at=selection.at,
        tiers=[tier],
        draft_id=form.cleaned_data["draft"],
    )
    if not rows:
        raise price_lists.NoSuchPrice
    name = names_of_skus([sku_id]).get(sku_id, "")
    return render_page(
        request, "parts/why.html", steps=rows[0].steps_for(request.actor.role), name=name, tier=tier, row=rows[0]
    )


def select_skus(cleaned: dict[str, Any], now: datetime, *, limit: int = MAX_SKUS) -> Selection:
    """The SKUs of a sale, or of a brand's styles that the words name, at most `limit`; at the instant that is given, else the sale's
    start or now."""
    picked_sale = get_sale(cleaned["sale"], at=now) if cleaned["sale"] else None
    at = cleaned["at"] or max(picked_sale.starts_at if picked_sale else now, now)
    in_stock = _skus_of_words(cleaned["brand"], cleaned["words"].replace(",", " ").replace("，", " ").split())
    if picked_sale is None or picked_sale.brand_id != cleaned["brand"]:
        return Selection(in_stock[:limit], SaleTerms(), at, len(in_stock) > limit)
    sku_ids = _in_sale(picked_sale, in_stock if cleaned["words"].strip() else None)
    return Selection(sku_ids[:limit], SaleTerms.from_json(picked_sale.terms), at, len(sku_ids) > limit)


def _compared(
    selection: Selection, cleaned: dict[str, Any], *, changes_of_tiers: Sequence[int], max_changes: int
) -> Comparison:
    return pricing_compare.compare_rules(
        sku_ids=selection.sku_ids,
        terms=selection.terms,
        at=selection.at,
        base_id=cleaned["draft"],
        other_id=cleaned["right"],
        tier=int(cleaned["tier"]),
        changes_of_tiers=changes_of_tiers,
        max_changes=max_changes,
    )


def _count_future_rules(cleaned: dict[str, Any], at: datetime) -> int:
    """How many rules of the chosen drafts begin only after the instant that is priced."""
    drafts = {cleaned["draft"], cleaned.get("right")} - {None}
    return sum(price_rules.count_future_rules(draft_id, at) for draft_id in drafts)


def _name_of(form: CompareForm, field: str) -> str:
    """What a choice of rules is called on the page."""
    chosen = form.cleaned_data[field]
    choices = form.fields[field].choices  # type: ignore[attr-defined]  # a ChoiceField, see SimulationForm
    return next(str(label) for value, label in choices if (value or None) == chosen)


def offer(field: forms.Field, choices: Sequence[Any]) -> None:
    if not isinstance(field, forms.ChoiceField):
        raise TypeError("only a field with choices can offer some")
    field.choices = list(choices)


def _in_sale(picked_sale: SaleView, only: list[int] | None) -> list[int]:
    sku_ids = sku_ids_of_sale(picked_sale.id)
    if only is None:
        return sku_ids
    selected = set(only)
    return [sku_id for sku_id in sku_ids if sku_id in selected]


def _skus_of_words(brand_id: int, words: list[str]) -> list[int]:
    style_ids: list[int] = []
    for word in words or [""]:
        after = ""
        while len(style_ids) < MAX_STYLES:
            page = styles_of_brand(brand_id, search=word, cursor=after, limit=100)
            style_ids += [style.id for style in page.items if style.id not in style_ids]
            if page.next_cursor is None:
                break
            after = page.next_cursor
    return sku_ids_of_styles(brand_id, style_ids[:MAX_STYLES])


def _form(request: ActorRequest, kind: type[SimulationForm]) -> Any:
    """The form as the address fills it. A sale of another brand, left over from before the brand was changed, is forgotten."""
    if "brand" not in request.GET:
        return kind(brand_id=None, now=clock.now())
    sent = request.GET.copy()
    form = kind(sent, brand_id=parse_number(sent.get("brand")), now=clock.now())
    field = form.fields["sale"]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError("the sale is a field with choices")
    # Where the brand is changed on the page, the sale that was chosen before is dropped; in an address it is a fault of the form.
    if request.headers.get("HX-Request") and not field.valid_value(sent.get("sale", "")):
        sent["sale"] = ""
    return form


def _template(request: ActorRequest, whole_page: str, fragment: str) -> str:
    return fragment if request.headers.get("HX-Request") else whole_page


def _draft_choices() -> list[tuple[int, str]]:
    return [(draft.id, draft.name) for draft in open_drafts()]


def _outcome(selection: Selection, draft_id: int | None, tier: int) -> Outcome:
    at_tier = price_lists.preview_price_list(
        sku_ids=selection.sku_ids, terms=selection.terms, at=selection.at, tiers=[tier], draft_id=draft_id
    )
    on_page = price_lists.preview_price_list(
        sku_ids=selection.sku_ids[:MAX_SKUS_ON_PAGE], terms=selection.terms, at=selection.at, draft_id=draft_id
    )
    by_sku: dict[int, list[PreviewRow]] = {}
    for row in on_page:
        by_sku.setdefault(row.sku_id, []).append(row)
    priced = [row for row in at_tier if not row.excluded]
    return Outcome(
        lines=[SkuPrices(by_sku[sku_id]) for sku_id in selection.sku_ids[:MAX_SKUS_ON_PAGE] if sku_id in by_sku],
        skus=len(at_tier),
        kept=sum(row.labelling is Labelling.KEPT for row in priced),
        cut=sum(row.labelling is Labelling.CUT for row in priced),
        excluded=len(at_tier) - len(priced),
        broken=sum(row.broken is not None for row in priced),
        prices=histogram([row.wholesale_fen for row in priced]),
        margins=histogram([row.commission_fen for row in priced]),
    )


def _differs(row: TierDifference) -> bool:
    return bool(
        row.dearer
        or row.cheaper
        or row.newly_cut
        or row.no_longer_cut
        or row.newly_excluded
        or row.no_longer_excluded
        or row.base_broken != row.other_broken
        or row.base_margin_fen != row.other_margin_fen
    )
