"""The steps of a price in two languages, as far as each role may see them (PRICE-12).

A reseller never learns base price, commission or margin.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from accounts.rules import Role
from kernel.money import display_yuan
from membership.rules.tiers import Tier
from pricing.rules.commission import CommissionSource
from pricing.rules.controls import Action
from pricing.rules.quote import PriceInputs, PriceStep, Quote, Rule
from pricing.rules.terms import ListTerms, find_markdown_step


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """A step as a role sees it. An amount that the role may not see is None."""

    rule: str
    source_id: int | None
    before_fen: int | None
    after_fen: int | None
    zh: str
    en: str


VISIBLE_RULES = {
    Role.RESELLER: frozenset({Rule.TAG, Rule.DISCOUNT, Rule.FLOOR, Rule.CUT, Rule.ENDING}),
    Role.BRAND: frozenset({Rule.TAG, Rule.BASE, Rule.COMMISSION, Rule.FLOOR}),
    Role.OPS: frozenset(Rule),
    Role.FINANCE: frozenset(Rule),
    Role.SYSTEM: frozenset(Rule),
}

SOURCES = {
    CommissionSource.ADMISSION: ("入驻约定", "agreed at admission"),
    CommissionSource.CATEGORY: ("类目佣金", "of the category"),
    CommissionSource.BRAND: ("品牌佣金", "of the brand"),
    CommissionSource.BRAND_IN_CATEGORY: ("品牌类目佣金", "of the brand in this category"),
    CommissionSource.SALE: ("专场佣金", "of this sale"),
}


def explain_steps(quote: Quote, inputs: PriceInputs, role: Role) -> list[ExplainedStep]:
    """The steps of a quote that a role may see, in order."""
    steps = [step for step in quote.steps if step.rule in VISIBLE_RULES[role]]
    explained = [_explain(step, quote, inputs, role) for step in steps]
    return _hide_replaced_amounts(steps, explained) if role is Role.RESELLER else explained


def _hide_replaced_amounts(steps: Sequence[PriceStep], explained: list[ExplainedStep]) -> list[ExplainedStep]:
    """Hide the amounts before a floor or an ending changed the price: from them a reseller could compute the base price."""
    replaced = [
        at
        for at, step in enumerate(steps)
        if step.rule in (Rule.FLOOR, Rule.ENDING) and step.before_fen != step.after_fen
    ]
    if not replaced:
        return explained
    last = replaced[-1]
    hidden = [
        each
        if steps[at].rule is Rule.TAG
        else replace(each, before_fen=None, after_fen=each.after_fen if at == last else None)
        for at, each in enumerate(explained[: last + 1])
    ]
    return hidden + explained[last + 1 :]


def explain_markdown(quote: Quote, terms: ListTerms, paid_fen: int) -> ExplainedStep | None:
    """The step from the frozen price to the marked-down price that was paid (PRICE-10); None where the frozen price was paid.

    Raises ValueError for an amount that no step of the markdown schedule yields.
    """
    step_no = find_markdown_step(paid_fen, wholesale_fen=quote.wholesale_fen, lowest_fen=quote.lowest_fen, terms=terms)
    if step_no is None or (step_no and terms.markdown_schedule is None):
        raise ValueError(f"no markdown step takes {quote.wholesale_fen} fen to {paid_fen}")
    if step_no == 0 or terms.markdown_schedule is None:
        return None
    share = percent(int(terms.markdown_schedule.rate * 10_000))
    return ExplainedStep(
        "PRICE-10",
        None,
        quote.wholesale_fen,
        paid_fen,
        f"临近结束阶梯降价第 {step_no} 级（每级 {share}）",
        f"Markdown towards the end of the sale, step {step_no} ({share} each)",
    )


def _explain(step: PriceStep, quote: Quote, inputs: PriceInputs, role: Role) -> ExplainedStep:
    before: int | None = step.before_fen
    after: int | None = step.after_fen
    source: int | None = step.source_id or None
    if role is Role.RESELLER:
        source = None
        if step.rule is Rule.DISCOUNT:
            # A reseller must not see the base price: her steps go from the tag price to her tier's price.
            before = inputs.tag_price_fen
    if role is Role.BRAND and step.rule is Rule.FLOOR:
        before = after = None
    zh, en = _sentence(step, quote, inputs, role)
    return ExplainedStep(f"PRICE-{step.rule.value}", source, before, after, zh, en)


def _sentence(step: PriceStep, quote: Quote, inputs: PriceInputs, role: Role) -> tuple[str, str]:
    figure = display_yuan(step.figure)
    tier = Tier(quote.tier).short_zh
    share = percent(step.figure)
    match step.rule:
        case Rule.TAG:
            return "吊牌价", "Tag price"
        case Rule.BASE:
            return "品牌基准供货价", "Base price asked by the brand"
        case Rule.COMMISSION:
            zh, en = SOURCES[inputs.commission.source]
            return f"佣金 {share}（{zh}），应付品牌", f"Commission {share} ({en}); payable to the brand"
        case Rule.DISCOUNT:
            if role is Role.RESELLER:
                return f"{tier} 会员拿货价", f"Wholesale price of {'trial' if quote.tier == 0 else tier}"
            return f"{tier} 会员优惠 {share}", f"{'Trial' if quote.tier == 0 else tier} discount {share}"
        case Rule.ENDING:
            return "价格尾数", "Price ending"
        case Rule.FLOOR:
            return _floor_sentence(quote, inputs, figure)
        case Rule.CUT:
            return f"剪标商品再降 {share}", f"Cut goods {share} less"
        case Rule.MARGIN:
            return f"平台所得（最低 {figure}）", f"Left to the platform (at least {figure})"


def _floor_sentence(quote: Quote, inputs: PriceInputs, floor: str) -> tuple[str, str]:
    if quote.excluded:
        return f"控价 {floor}：低于控价，不参加专场", f"Price floor {floor}: under it, left out of the sale"
    if quote.labelling.value == "cut":
        return f"控价 {floor}：低于控价，剪标销售", f"Price floor {floor}: under it, sold with the label cut"
    if inputs.action is Action.RAISE and quote.wholesale_fen == inputs.floor_fen:
        return f"控价 {floor}：按控价销售，保留吊牌", f"Price floor {floor}: sold at the floor, label kept"
    return f"控价 {floor}：不低于控价，保留吊牌", f"Price floor {floor}: not under it, label kept"


def percent(basis_points: int) -> str:
    whole, rest = divmod(basis_points, 100)
    return f"{whole}%" if not rest else f"{whole}.{rest:02d}".rstrip("0") + "%"
