"""The rules of quantities: what a placement may hold of a style and of a brand (ORDER-14)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brands.rules import OrderMinimum
from flashsales.rules import (
    Offer,
    Phase,
    QuantityTerms,
    QuantityTermsFault,
    Shortfall,
    TermsWarning,
    TermsWarningKind,
    quantity_terms_fault,
    terms_warnings,
)
from orders.rules.lines import AllocatedUnits, OrderShortfall, RequestedUnits
from orders.rules.quantities import BreachKind, allocate_in_quantities, find_breaches, gap_in_words

SIZES = ("S", "M", "L")
PACK = {"S": 1, "M": 2, "L": 1}


def offer(item_id: int, available: int = 99, **more: object) -> Offer:
    """An item of the style 1; its size follows from its number."""
    size = SIZES[(item_id - 1) % 3]
    base = Offer(
        item_id, 1, 1, 1, item_id, "黑", size, f"A {size}", "专场", Phase.LIVE, 10, available, None, 0, None, 0
    )
    return replace(base, **more)  # type: ignore[arg-type]


def offers(*each: Offer, terms: QuantityTerms | None = None, minimum: OrderMinimum | None = None) -> dict[int, Offer]:
    return {one.item_id: replace(one, quantity_terms=terms, order_minimum=minimum) for one in each}


def units_of(allocated: Sequence[AllocatedUnits]) -> list[int]:
    return [each.units for each in allocated]


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        (QuantityTerms(), None),
        (QuantityTerms(6, 3), None),
        (QuantityTerms(8, pack=PACK), None),
        (QuantityTerms(7, 3), QuantityTermsFault.MINIMUM),
        (QuantityTerms(6, pack=PACK), QuantityTermsFault.MINIMUM),
        (QuantityTerms(0), QuantityTermsFault.UNITS),
        (QuantityTerms(pack={"S": 0}), QuantityTermsFault.UNITS),
        (QuantityTerms(multiple_of=2, pack=PACK), QuantityTermsFault.PACK),
        (QuantityTerms(per_sku=True, pack=PACK), QuantityTermsFault.PACK),
    ],
)
def test_quantity_terms_fault(terms: QuantityTerms, fault: QuantityTermsFault | None) -> None:
    assert quantity_terms_fault(terms) is fault


def test_quantity_terms_name_the_next_and_the_last_units_that_are_allowed() -> None:
    terms = QuantityTerms(6, 3)
    assert [(terms.next_units(n), terms.last_units(n), terms.allows(n)) for n in (1, 6, 7, 9)] == [
        (6, 0, False),
        (6, 6, True),
        (9, 6, False),
        (9, 9, True),
    ]
    assert terms.zh == "6 件起批，按 3 件的倍数（可混色混码）"
    assert QuantityTerms(8, pack=PACK).zh == "整手 S×1 M×2 L×1，8 件起批"
    assert QuantityTerms.from_json(terms.to_json()) == terms


def test_find_breaches_counts_a_style_over_colours_sizes_and_recipients() -> None:
    found = offers(offer(1), offer(2), terms=QuantityTerms(6, 3))
    enough = [RequestedUnits(1, 2, recipient="a"), RequestedUnits(2, 4, recipient="b")]
    assert find_breaches(enough, found) == []
    [breach] = find_breaches([*enough, RequestedUnits(1, 1, recipient="c")], found)
    assert (breach.kind, breach.lines, breach.units, breach.needed_units) == (BreachKind.UNITS, (0, 1, 2), 7, 9)


def test_find_breaches_counts_each_sku_where_the_terms_say_so() -> None:
    found = offers(offer(1), offer(2), terms=QuantityTerms(3, per_sku=True))
    [breach] = find_breaches([RequestedUnits(1, 3), RequestedUnits(2, 2)], found)
    assert (breach.lines, breach.units, breach.needed_units) == ((1,), 2, 3)


def test_find_breaches_wants_whole_packs_for_each_recipient() -> None:
    found = offers(offer(1), offer(2), offer(3), terms=QuantityTerms(pack=PACK))
    whole = [RequestedUnits(item, units, recipient="a") for item, units in ((1, 2), (2, 4), (3, 2))]
    assert find_breaches(whole, found) == []
    [breach] = find_breaches([*whole, RequestedUnits(2, 3, recipient="b")], found)
    assert (breach.kind, breach.lines) == (BreachKind.PACKS, (3,))
    assert (breach.asked, breach.needed) == ({"M": 3}, {"S": 2, "M": 4, "L": 2})


def test_find_breaches_wants_the_minimum_of_packs_over_all_recipients() -> None:
    found = offers(offer(1), offer(2), offer(3), terms=QuantityTerms(8, pack=PACK))
    pack = [(1, 1), (2, 2), (3, 1)]
    one = [RequestedUnits(item, units, recipient="a") for item, units in pack]
    [breach] = find_breaches(one, found)
    assert (breach.kind, breach.units, breach.needed_units) == (BreachKind.UNITS, 4, 8)
    assert find_breaches([*one, *(RequestedUnits(item, units, recipient="b") for item, units in pack)], found) == []


def test_find_breaches_names_a_brand_below_its_minimum() -> None:
    found = offers(offer(1), offer(2, style_id=2), minimum=OrderMinimum(min_fen=50, min_units=5))
    [breach] = find_breaches([RequestedUnits(1, 2), RequestedUnits(2, 2)], found)
    assert (breach.kind, breach.lines, breach.units, breach.fen) == (BreachKind.ORDER_MINIMUM, (0, 1), 4, 40)
    assert find_breaches([RequestedUnits(1, 2), RequestedUnits(2, 3)], found) == []
    assert find_breaches([], found) == []


def test_allocate_in_quantities_leaves_a_style_out_whose_minimum_is_not_left() -> None:
    found = offers(offer(1, 3), offer(2, 2), terms=QuantityTerms(6)) | {3: offer(3, style_id=2)}
    requests = [RequestedUnits(1, 3), RequestedUnits(3, 1), RequestedUnits(2, 3)]
    assert allocate_in_quantities(requests, found, allowance_fen=None) == [
        AllocatedUnits(0, OrderShortfall.QUANTITY_TERMS),
        AllocatedUnits(1, None),
        AllocatedUnits(0, OrderShortfall.QUANTITY_TERMS),
    ]


def test_allocate_in_quantities_cuts_to_a_multiple_from_the_last_line() -> None:
    found = offers(offer(1, 5), offer(2, 3), terms=QuantityTerms(3, 3))
    requests = [RequestedUnits(1, 5), RequestedUnits(2, 4)]
    assert allocate_in_quantities(requests, found, allowance_fen=None) == [
        AllocatedUnits(5, None),
        AllocatedUnits(1, OrderShortfall.QUANTITY_TERMS),
    ]


def test_allocate_in_quantities_takes_as_many_packs_as_stock_and_credit_leave() -> None:
    found = offers(offer(1, 9), offer(2, 5), offer(3, 9), terms=QuantityTerms(pack=PACK))
    requests = [RequestedUnits(item, units) for item, units in ((1, 3), (2, 6), (3, 3))]
    by_stock = allocate_in_quantities(requests, found, allowance_fen=None)
    assert by_stock == [
        AllocatedUnits(2, OrderShortfall.QUANTITY_TERMS),
        AllocatedUnits(4, Shortfall.SOLD_OUT),
        AllocatedUnits(2, OrderShortfall.QUANTITY_TERMS),
    ]
    # Credit for six units is credit for one pack of four, not for three units of the first size.
    assert units_of(allocate_in_quantities(requests, found, allowance_fen=60)) == [1, 2, 1]


def test_allocate_in_quantities_gives_what_it_cuts_to_the_lines_behind() -> None:
    found = offers(offer(1, 2), terms=QuantityTerms(4)) | {2: offer(2, style_id=2)}
    requests = [RequestedUnits(1, 4), RequestedUnits(2, 3)]
    assert units_of(allocate_in_quantities(requests, found, allowance_fen=30)) == [0, 3]


def test_allocate_in_quantities_leaves_a_brand_out_that_stays_below_its_minimum() -> None:
    found = offers(offer(1, 2), offer(2, 9, style_id=2), minimum=OrderMinimum(min_units=6))
    other = replace(offer(3, style_id=3), brand_id=2)
    requests = [RequestedUnits(1, 4), RequestedUnits(3, 1), RequestedUnits(2, 3)]
    assert allocate_in_quantities(requests, found | {3: other}, allowance_fen=None) == [
        AllocatedUnits(0, OrderShortfall.ORDER_MINIMUM),
        AllocatedUnits(1, None),
        AllocatedUnits(0, OrderShortfall.ORDER_MINIMUM),
    ]


TERMS = st.sampled_from(
    [
        None,
        QuantityTerms(4),
        QuantityTerms(multiple_of=3),
        QuantityTerms(6, 2),
        QuantityTerms(2, per_sku=True),
        QuantityTerms(multiple_of=2, per_sku=True),
        QuantityTerms(pack=PACK),
        QuantityTerms(8, pack=PACK),
    ]
)
REQUESTS = st.lists(
    st.builds(
        RequestedUnits,
        st.integers(1, 9),
        st.integers(1, 9),
        st.sampled_from([None, None, None, 10, 11]),
        st.sampled_from(["a", "b"]),
    ),
    max_size=12,
)


@st.composite
def markets(draw: st.DrawFn) -> Mapping[int, Offer]:
    """Three styles of three sizes; the first two are of one brand."""
    found = {}
    minimums = [draw(st.sampled_from([None, OrderMinimum(60), OrderMinimum(min_units=5)])) for _ in range(2)]
    for style in range(3):
        terms = draw(TERMS)
        for size in range(3):
            item = offer(style * 3 + size + 1, draw(st.integers(0, 12)), style_id=style)
            item = replace(item, brand_id=style // 2, item_limit=draw(st.none() | st.integers(0, 9)))
            found[item.item_id] = replace(item, quantity_terms=terms, order_minimum=minimums[style // 2])
    return found


@given(requests=REQUESTS, found=markets(), allowance=st.none() | st.integers(-20, 300))
def test_allocate_in_quantities_never_breaks_terms_stock_limits_or_credit(
    requests: list[RequestedUnits], found: Mapping[int, Offer], allowance: int | None
) -> None:
    allocated = allocate_in_quantities(requests, found, allowance_fen=allowance)
    taken = dict.fromkeys(found, 0)
    for request, got in zip(requests, allocated, strict=True):
        assert 0 <= got.units <= request.units
        assert (got.shortfall is None) == (got.units == request.units)
        taken[request.item_id] += got.units
    assert all(units <= found[item].available for item, units in taken.items())
    assert all(units <= found[item].item_limit for item, units in taken.items() if found[item].item_limit is not None)  # type: ignore[operator]
    assert allowance is None or sum(taken.values()) * 10 <= max(allowance, 0)
    kept = [replace(request, units=got.units) for request, got in zip(requests, allocated, strict=True) if got.units]
    assert find_breaches(kept, found) == []


@given(requests=REQUESTS, found=markets())
def test_allocate_in_quantities_gives_all_where_nothing_is_in_the_way(
    requests: list[RequestedUnits], found: Mapping[int, Offer]
) -> None:
    plenty = {item: replace(each, available=10_000, item_limit=None) for item, each in found.items()}
    requests = [replace(each, expected_price_fen=None) for each in requests]
    allocated = allocate_in_quantities(requests, plenty, allowance_fen=None)
    assert all(each.shortfall is None for each in allocated) == (find_breaches(requests, plenty) == [])


@given(requests=REQUESTS, terms=TERMS, available=st.lists(st.integers(0, 12), min_size=3, max_size=3))
def test_allocate_in_quantities_of_one_style_gives_the_most_that_stock_leaves(
    requests: list[RequestedUnits], terms: QuantityTerms | None, available: list[int]
) -> None:
    found = offers(*(offer(number, units) for number, units in enumerate(available, 1)), terms=terms)
    requests = [RequestedUnits((each.item_id - 1) % 3 + 1, each.units) for each in requests]
    got = sum(units_of(allocate_in_quantities(requests, found, allowance_fen=None)))
    can_have = [
        min(sum(each.units for each in requests if each.item_id == item), available[item - 1]) for item in (1, 2, 3)
    ]
    if terms is None:
        assert got == sum(can_have)
    elif terms.pack:
        packs = min(can_have[place] // PACK[size] for place, size in enumerate(SIZES))
        assert got == terms.last_units(packs * sum(PACK.values()))
    elif terms.per_sku:
        assert got == sum(terms.last_units(units) for units in can_have)
    else:
        assert got == terms.last_units(sum(can_have))


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 6))
def test_the_gap_of_a_style_is_the_least_that_makes_it_allowed(units: int, minimum: int, multiple: int) -> None:
    terms = QuantityTerms(min_units=-(-minimum // multiple) * multiple, multiple_of=multiple)
    found = find_breaches([RequestedUnits(1, units)], offers(offer(1), terms=terms))
    assert bool(found) is not terms.allows(units)
    for breach in found:
        gap = breach.gap
        assert terms.allows(units + gap.units)
        assert not any(terms.allows(units + more) for more in range(gap.units))
        assert gap.to_minimum is (units < terms.min_units)


@given(st.dictionaries(st.sampled_from((1, 2, 3)), st.integers(1, 9), min_size=1))
def test_the_gap_of_packs_makes_whole_packs(units: dict[int, int]) -> None:
    terms = QuantityTerms(pack=PACK)
    of_style = offers(*(offer(each) for each in (1, 2, 3)), terms=terms)
    found = find_breaches([RequestedUnits(item, count) for item, count in units.items()], of_style)
    for breach in found:
        for size, missing in breach.gap.units_by_size.items():
            item = SIZES.index(size) + 1
            units[item] = units.get(item, 0) + missing
    filled = find_breaches([RequestedUnits(item, count) for item, count in units.items()], of_style)
    assert filled == []


def test_gaps_are_said_in_few_words() -> None:
    def words(units: dict[int, int], terms: QuantityTerms | None, minimum: OrderMinimum | None = None) -> list[str]:
        of_style = offers(*(offer(each, brand_name="云裳") for each in (1, 2, 3)), terms=terms, minimum=minimum)
        of_style = {item: replace(each, style_no="K1") for item, each in of_style.items()}
        requests = [RequestedUnits(item, count) for item, count in units.items()]
        return [gap_in_words(breach)[0] for breach in find_breaches(requests, of_style)]

    assert words({1: 1}, QuantityTerms(min_units=3)) == ["K1 再加 2 件到起批"]
    assert words({1: 5}, QuantityTerms(min_units=2, multiple_of=2)) == ["K1 再加 1 件凑 2 件的倍数"]
    assert words({1: 1}, QuantityTerms(min_units=3, per_sku=True)) == ["A S 再加 2 件到起批"]
    assert words({1: 1}, QuantityTerms(pack=PACK)) == ["K1 黑 再加 M×2 L×1 凑整手"]
    assert words({1: 1}, None, OrderMinimum(None, 4)) == ["「云裳」再加 3 件到起订"]
    assert words({1: 1}, None, OrderMinimum(500, None)) == ["「云裳」再加 ¥4.90 到起订"]


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(("黑", "红")), st.sampled_from(SIZES)), st.integers(0, 6), min_size=1, max_size=6
    ),
    st.sampled_from(
        (QuantityTerms(min_units=6, multiple_of=3), QuantityTerms(min_units=4, per_sku=True), QuantityTerms(pack=PACK))
    ),
)
def test_terms_without_a_warning_can_be_met_with_the_units_of_the_sale(
    units: dict[tuple[str, str], int], terms: QuantityTerms
) -> None:
    """SALE-9: what is warned about cannot be ordered, and everything else can."""
    of_style = {
        number: replace(offer(number, available=count), colour=colour, size=size, quantity_terms=terms)
        for number, ((colour, size), count) in enumerate(units.items(), start=1)
    }
    requests = [RequestedUnits(item, each.available, recipient="") for item, each in of_style.items() if each.available]
    got = allocate_in_quantities(requests, of_style, allowance_fen=None)
    ordered: dict[tuple[str, str], int] = {}
    for request, each in zip(requests, got, strict=True):
        one = of_style[request.item_id]
        ordered[one.colour, one.size] = each.units
    found = terms_warnings(terms, units, sale_limit=None)
    for warning in found:
        if warning.kind is TermsWarningKind.PACK_SIZE:
            assert all(ordered.get((warning.goods, size), 0) == 0 for size in PACK)
        elif warning.goods:
            assert ordered.get(tuple(warning.goods.split(" ")), 0) == 0  # type: ignore[arg-type]
        else:
            assert not any(ordered.values())
    if not found:
        assert any(ordered.values())


def test_terms_warnings_name_sizes_units_and_limits() -> None:
    whole = {("黑", "S"): 1, ("黑", "M"): 2, ("黑", "L"): 1}
    assert terms_warnings(QuantityTerms(pack=PACK), whole, sale_limit=None) == []
    short = whole | {("黑", "M"): 1, ("红", "S"): 9}
    assert terms_warnings(QuantityTerms(pack=PACK), short, sale_limit=None) == [
        TermsWarning(TermsWarningKind.PACK_SIZE, "黑", 3, 4, ("M",)),
        TermsWarning(TermsWarningKind.PACK_SIZE, "红", 9, 4, ("M", "L")),
    ]
    few = terms_warnings(QuantityTerms(min_units=8, pack=PACK), whole, sale_limit=None)
    assert few == [TermsWarning(TermsWarningKind.MINIMUM, "", 4, 8)]
    assert terms_warnings(QuantityTerms(min_units=4), whole, sale_limit=3) == [
        TermsWarning(TermsWarningKind.LIMIT, "", 3, 4)
    ]
    assert terms_warnings(QuantityTerms(min_units=2, per_sku=True), whole, sale_limit=None) == [
        TermsWarning(TermsWarningKind.MINIMUM, "黑 S", 1, 2),
        TermsWarning(TermsWarningKind.MINIMUM, "黑 L", 1, 2),
    ]
