"""What a customer may see, without a framework (FORWARD-2 to FORWARD-4): whatever the styles, a cut label hides the brand."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forwarding.rules.packs import pack_content
from forwarding.rules.pages import (
    Availability,
    CustomerView,
    FormerStyle,
    PageSource,
    SourceItem,
    SourcePicture,
    SourceStyle,
    availability_of,
    customer_view,
)
from forwarding.rules.redaction import brand_words, fold_text, redact
from forwarding.rules.sharing import Tone, share_text

# Without the signs of the fixed words of the text to paste, whose meaning is not the brand.
LETTERS = "青禾云杉服饰女装ABCabcÉé·-& 　（）Ｑq"
brands = st.text(LETTERS, min_size=1, max_size=8).filter(fold_text)
noise = st.text(LETTERS + "羊毛大衣黑0123", max_size=6)


@st.composite
def told_with(draw: st.DrawFn, secret: str) -> str:
    """A text of the marketplace in which the secret stands, whole, spaced, in other case, or torn so that it falls together again."""
    ways = [
        secret,
        secret.lower(),
        secret.upper(),
        " · ".join(secret),
        secret[: len(secret) // 2] + secret + secret[len(secret) // 2 :],
    ]
    return draw(noise) + draw(st.sampled_from(ways)) + draw(noise)


numbers = st.text("QH0123456789-", min_size=3, max_size=8).filter(fold_text)


@st.composite
def sources(draw: st.DrawFn) -> PageSource:
    brand = draw(brands)
    styles = []
    for number in range(draw(st.integers(1, 4))):
        style_no = draw(numbers)
        pieces = tuple(
            SourceItem(
                number * 10 + each,
                draw(st.one_of(noise, told_with(brand))),
                draw(st.one_of(st.sampled_from(["S", "M", "均码"]), told_with(brand))),
                draw(st.integers(0, 9)),
                draw(st.booleans()),
            )
            for each in range(draw(st.integers(1, 3)))
        )
        styles.append(
            SourceStyle(
                style_id=number,
                style_no=style_no,
                name=draw(st.one_of(noise, told_with(brand), told_with(style_no))),
                category=draw(st.sampled_from(["女外套", "", "围巾"])),
                picture="0" * 64,
                price_fen=draw(st.none() | st.integers(1, 10**6)),
                floor_fen=draw(st.none() | st.integers(1, 10**6)),
                items=pieces,
                defects=draw(st.one_of(noise, told_with(brand))),
                fabric=draw(st.one_of(noise, told_with(brand))),
                origin=draw(st.one_of(noise, told_with(brand))),
                selling_point=draw(st.one_of(noise, told_with(brand))),
                size_chart=((draw(told_with(brand)), "胸围"), ("M", draw(st.one_of(noise, told_with(brand))))),
                tag_price_fen=draw(st.none() | st.integers(1, 10**6)),
                pictures=tuple(
                    SourcePicture(sha256, draw(st.booleans()))
                    for sha256 in draw(st.lists(st.sampled_from("0abc"), unique=True).map(sorted))
                ),
            )
        )
    names = draw(told_with(brand)), draw(st.one_of(noise, told_with(brand)))
    former = draw(st.lists(st.builds(FormerStyle, numbers, st.just(brand), st.booleans()), max_size=2).map(tuple))
    remark = draw(st.one_of(noise, told_with(brand), told_with(former[0].style_no if former else brand)))
    return PageSource(brand, *names, tuple(styles), remark=remark, former_styles=former)


LIST_SEPARATORS = re.compile(r"\n| / |、|（")
"""Between the values of the text to paste. Values of a list that happen to spell the brand one after another do not reveal it."""


def strings(view: CustomerView) -> list[str]:
    """Every text that a customer's page, its metadata or the text to paste is made of."""
    parts = [view.brand, view.title, view.reseller_name, view.remark]
    for style in view.styles:
        parts += [style.style_no, style.name, style.defects, *style.colours, *style.sizes]
        parts += [style.fabric, style.origin, style.selling_point, *(cell for row in style.size_chart for cell in row)]
        parts += [text for piece in style.items for text in (piece.colour, piece.size)]
    drawn = pack_content(view, address="", ends="")
    parts += [drawn.seller]
    for each in drawn.styles:
        parts += [each.name, each.selling_point, each.defects, *each.sizes, *each.sold_out]
    texts = [share_text(view, address="", ends="", tone=tone) for tone in Tone]
    lines = [line for text in texts for line in text.split("\n")]
    values = [line.split() if line.startswith("尺码 ") else [line] for line in lines]
    return [*parts, *(part for each in values for value in each for part in LIST_SEPARATORS.split(value))]


@given(sources())
def test_customer_view_with_a_cut_label_never_contains_the_brand(source: PageSource) -> None:
    view = customer_view(source)
    cut = any(style.label_cut for style in source.known_styles)
    assert view.brand_hidden == cut
    if cut:
        secret = fold_text(source.brand_name)
        assert [text for text in strings(view) if secret in fold_text(text)] == []
        assert (view.brand, view.title) == ("", "")
    given_pictures = {style.style_id: style.pictures for style in source.styles}
    for shown in view.styles:
        allowed = [each.sha256 for each in given_pictures[shown.style_id] if not (cut and each.has_logo)]
        assert list(shown.pictures) == allowed
        assert not given_pictures[shown.style_id] or shown.picture in ("", *allowed)
        style = next(each for each in source.styles if each.style_id == shown.style_id)
        assert shown.tag_price_fen == (None if style.label_cut else style.tag_price_fen)


@pytest.mark.parametrize(("brand", "sizes"), [("CＱ", ("C", "Ｑ")), ("ML", ("M", "L")), ("3638", ("36", "38"))])
def test_share_text_names_sizes_that_spell_the_brand_only_one_after_another(brand: str, sizes: tuple[str, str]) -> None:
    pieces = [SourceItem(place, f"黑{brand}", size, 5, label_cut=True) for place, size in enumerate(sizes)]
    whole = SourceItem(9, "黑", " ".join(sizes), 5, label_cut=True)
    style = SourceStyle(1, "QH-1", f"{brand} 大衣", "女外套", "0" * 64, 99_00, None, (*pieces, whole))
    view = customer_view(PageSource(brand, "专场", "小美", (style,)))
    lines = share_text(view, address="", ends="").split("\n")
    assert (view.brand, lines[:2]) == ("", ["大衣  ¥99.00", f"尺码 {' / '.join(sizes)} / (3)（黑）"])


@given(sources())
def test_customer_view_with_a_cut_label_contains_no_style_number(source: PageSource) -> None:
    view = customer_view(source)
    if view.brand_hidden:
        hidden = [fold_text(style.style_no) for style in source.known_styles]
        names = [fold_text(text) for style in view.styles for text in (style.name, style.style_no)]
        assert not [(number, said) for number in hidden for said in (*names, fold_text(view.remark)) if number in said]


@given(sources())
def test_customer_view_with_all_labels_kept_shows_the_brand_and_changes_no_text(source: PageSource) -> None:
    kept = tuple(
        dataclasses.replace(style, items=tuple(dataclasses.replace(each, label_cut=False) for each in style.items))
        for style in source.styles
    )
    former = tuple(dataclasses.replace(each, label_cut=False) for each in source.former_styles)
    view = customer_view(dataclasses.replace(source, styles=kept, former_styles=former))
    assert (view.brand, view.title, view.brand_hidden) == (source.brand_name, source.sale_title, False)
    named = [style for style in kept if style.is_visible and style.name]
    assert [each.name for each in view.styles if each.style_id in {style.style_id for style in named}] == [
        style.name for style in named
    ]


@given(sources())
def test_customer_view_shows_only_styles_with_a_price_that_the_floor_allows(source: PageSource) -> None:
    sources = {style.style_id: style for style in source.styles}
    shown_ids = [style.style_id for style in customer_view(source).styles]
    assert shown_ids == [style.style_id for style in source.styles if style.is_visible]
    for style_id in shown_ids:
        price, floor = sources[style_id].price_fen, sources[style_id].floor_fen
        assert price is not None
        assert floor is None or price >= floor


@given(sources())
def test_customer_view_offers_only_visible_and_available_items_for_wishes(source: PageSource) -> None:
    there = {
        piece.item_id for style in source.styles if style.is_visible for piece in style.items if piece.available > 0
    }
    assert customer_view(source).item_ids == there


@given(st.text(), st.lists(st.text(min_size=1, max_size=4), max_size=3))
def test_redact_removes_secrets_that_a_removal_creates(text: str, secrets: list[str]) -> None:
    kept = fold_text(redact(text, secrets))
    assert not [secret for secret in secrets if fold_text(secret) and fold_text(secret) in kept]
    assert redact(redact(text, secrets), secrets) == redact(text, secrets)


@given(st.text(), st.lists(st.text(min_size=1, max_size=4), max_size=3))
def test_redact_leaves_a_text_without_secrets_as_it_is(text: str, secrets: list[str]) -> None:
    folded = [fold_text(secret) for secret in secrets]
    if not any(secret and secret in fold_text(text) for secret in folded):
        assert redact(text, secrets) == text


@pytest.mark.parametrize("size", ["L+", "36*", "*", "-5℃", " L ", "（）"])
def test_redact_leaves_sizes_as_they_are(size: str) -> None:
    assert redact(size, brand_words("青禾")) == size


def test_redact_keeps_the_ends_of_lines() -> None:
    assert redact("周末不发货。\n青禾清仓：L+\n【青禾】\n\n要的留言 *", brand_words("青禾")) == (
        "周末不发货。\n清仓：L\n\n要的留言 *"
    )


@pytest.mark.parametrize(
    ("brand", "text", "left"),
    [
        ("青禾", "青禾羊毛大衣", "羊毛大衣"),
        ("青禾", "【青禾】羊毛大衣", "羊毛大衣"),
        ("青禾", "青 禾·羊毛大衣", "羊毛大衣"),
        ("青禾", "青青禾禾羊毛大衣", "羊毛大衣"),
        ("云杉服饰", "云杉秋冬大衣", "秋冬大衣"),
        ("QINGHE 青禾女装", "Qing-He 羊毛大衣（青禾）", "羊毛大衣"),
        ("Hermès", "HERMES 丝巾", "丝巾"),
        ("ＱＨ", "qh 大衣", "大衣"),
        ("ON", "纯棉 T 恤", "纯棉 T 恤"),
    ],
)
def test_redact_removes_the_brand_however_it_is_written(brand: str, text: str, left: str) -> None:
    assert redact(text, brand_words(brand)) == left


def test_customer_view_keeps_sizes_distinct_where_the_brand_is_named_like_a_size() -> None:
    pieces = (SourceItem(1, "黑", "XL", 5, True), SourceItem(2, "黑", "XXL", 5, True))
    style = SourceStyle(1, "A1", "外套", "女外套", "", 100, None, pieces)
    [only] = customer_view(PageSource("XL", "专场", "小陈", (style,))).styles
    assert [piece.size for piece in only.items] == ["(1)", "X"]


@pytest.mark.parametrize(
    ("available", "left"),
    [
        (-1, Availability.NONE),
        (0, Availability.NONE),
        (1, Availability.FEW),
        (3, Availability.FEW),
        (4, Availability.PLENTY),
        (10**6, Availability.PLENTY),
    ],
)
def test_availability_of_returns_a_word(available: int, left: Availability) -> None:
    assert availability_of(available) is left


def test_share_text_contains_name_price_sizes_and_address() -> None:
    pieces = (
        SourceItem(1, "驼色", "S", 9, True),
        SourceItem(2, "驼色", "M", 1, True),
        SourceItem(3, "黑色", "L", 0, True),
    )
    style = SourceStyle(1, "QH1", "青禾羊毛大衣", "女外套", "", 699_00, None, pieces)
    view = customer_view(PageSource("青禾", "青禾秋冬专场", "小陈", (style,)))
    assert share_text(view, address="https://weicang.example/f/abc/", ends="11-24 20:00") == (
        "羊毛大衣  ¥699.00\n尺码 S / M（驼色）\n限时到 11-24 20:00\n点开看图、留言下单：https://weicang.example/f/abc/"
    )


def test_share_text_names_the_sizes_of_each_colour_where_they_differ() -> None:
    left = {"炭黑": ("S", "M"), "燕麦白": ("S", "M", "L", "XL")}
    pieces = [(colour, size, 3) for colour, sizes in left.items() for size in sizes] + [("炭黑", "L", 0)]
    items = tuple(SourceItem(place, *each, label_cut=False) for place, each in enumerate(pieces))
    style = SourceStyle(1, "QH1", "羊毛大衣", "女外套", "", 699_00, None, items)
    view = customer_view(PageSource("青禾", "青禾秋冬专场", "小陈", (style,)))
    assert "\n尺码 炭黑 S / M，燕麦白 S / M / L / XL\n" in share_text(view, address="", ends="")
    assert "\nSizes 炭黑 S / M; 燕麦白 S / M / L / XL\n" in share_text(view, address="", ends="", english=True)
    even = dataclasses.replace(
        view.styles[0], items=tuple(item for item in view.styles[0].items if item.size in ("S", "M"))
    )
    assert "\n尺码 S / M（炭黑、燕麦白）\n" in share_text(
        dataclasses.replace(view, styles=(even,)), address="", ends=""
    )


def test_share_text_contains_the_defects_without_the_brand() -> None:
    pieces = (SourceItem(1, "驼色", "S", 9, True),)
    style = SourceStyle(1, "QH1", "羊毛大衣", "女外套", "", 699_00, None, pieces, "青禾专柜退货，袖口污渍")
    view = customer_view(PageSource("青禾", "青禾秋冬专场", "小陈", (style,)))
    assert "\n瑕疵说明：专柜退货，袖口污渍\n" in share_text(view, address="", ends="")
    assert "\nPlease note: 专柜退货，袖口污渍\n" in share_text(view, address="", ends="", english=True)
