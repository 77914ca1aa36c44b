"""The rules of stock (STOCK-1 to STOCK-16, docs/rules/stock.md): movements, uploads, and why a row of a workbook is refused."""

import enum
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class MovementKind(enum.StrEnum):
    UPLOAD = "upload"
    """A workbook set what the brand has; on hand up or down."""
    ALLOT = "allot"
    """Allotted to a sale."""
    RETURN = "return"
    """Back from a sale, unsold."""
    SOLD = "sold"
    """Paid for: no longer on hand and no longer allotted."""
    CANCELLED = "cancelled"
    """A sold unit came back before it was shipped."""
    RETURNED = "returned"
    """A customer sent it back, and it was inspected and counted as stock again."""
    RESENT = "resent"
    """Taken for a customer whose units were missing or wrong, and who gets them again."""
    ADJUST = "adjust"
    """By hand, with a reason."""


@dataclass(frozen=True, slots=True)
class Move:
    """A change of one SKU: signed units on hand and signed units allotted to sales."""

    sku_id: int
    on_hand_delta: int
    allotted_delta: int


class UploadState(enum.StrEnum):
    RECEIVED = "received"
    """Stored; waits for a worker."""
    READING = "reading"
    """A worker holds its lease."""
    QUESTION = "question"
    """A column has two meanings; the clerk must say which."""
    PREVIEW = "preview"
    """Read; nothing has changed yet; the clerk applies or cancels it."""
    REFUSED = "refused"
    """The whole file cannot be read."""
    APPLIED = "applied"
    CANCELLED = "cancelled"
    UNDONE = "undone"


OPEN_STATES = (UploadState.RECEIVED, UploadState.READING, UploadState.QUESTION, UploadState.PREVIEW)
"""STOCK-4: a brand has at most one upload in these at a time."""

PICTURE_WIDTHS = (320, 640, 960)
"""The web sizes of a picture: in lists, in lists of sharp screens, and on the page of the goods."""


class ChangeKind(enum.StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    MISSING = "missing"
    """In the catalogue with units, and not in the file."""


class FaultKind(enum.StrEnum):
    FAULT = "fault"
    """The row is not imported."""
    WARNING = "warning"
    """The row is imported and deserves a look."""


class Sentence(NamedTuple):
    """What to say of a row that the stock refuses: what is wrong, and how to correct it."""

    zh: str
    en: str
    hint_zh: str
    hint_en: str


CATALOGUE_FAULTS: dict[str, Sentence] = {
    "category_forbidden": Sentence(
        "“{value}”属于平台不接受的类目（{more}）。",
        "'{value}' is of a category that the platform does not admit ({more}).",
        "请删除此行；如类目填错，请改为正确的类目。",
        "Delete the row, or correct its category.",
    ),
    "category_not_admitted": Sentence(
        "贵品牌未获准经营“{value}”（{more}）。",
        "Your brand is not admitted for '{value}' ({more}).",
        "请改正类目，或联系运营申请该类目。",
        "Mend the category, or ask the platform to admit you for it.",
    ),
    "unknown_category": Sentence(
        "平台没有类目“{value}”，此款暂不归类。",
        "There is no category '{value}'; the style stays without one.",
        "请从模板的类目清单中选择。",
        "Choose one from the list in the template.",
    ),
    "chart_style_unknown": Sentence(
        "尺码表写的款号“{value}”不是贵品牌的款，这张表没有采用。",
        "The size chart names the style number '{value}', which is none of yours; the chart was not taken.",
        "请核对款号；新款要在同一个文件的库存表里。",
        "Check the style number; a new style must be in the stock of the same file.",
    ),
    "chart_category_unknown": Sentence(
        "尺码表写的类目“{value}”平台没有，这张表没有采用。",
        "The size chart names the category '{value}', which there is not; the chart was not taken.",
        "请写平台的类目，例如：连衣裙。",
        "Name a category of the platform.",
    ),
    "chart_for_unknown": Sentence(
        "“{value}”既不是款号也不是类目，不知道这张尺码表用于哪些货，没有采用。",
        "'{value}' is neither a style number nor a category, so it is not known what the size chart is for; it was not taken.",
        "请在表上方写“款号：…”、“类目：…”或“通用”。",
        "Write above the chart: style no: …, category: …, or general.",
    ),
    "chart_twice": Sentence(
        "“{value}”有两张不同的尺码表（另见 {more}），采用了前一张。",
        "There are two different size charts for '{value}' (see also {more}); the first was taken.",
        "请只留一张，或写明各用于哪些款号、类目。",
        "Keep one, or say which style numbers or categories each is for.",
    ),
    "picture_link_failed": Sentence(
        "图片链接没有取到图片：{value}（{more}）。",
        "No picture came from the link {value} ({more}).",
        "请检查链接能不能在浏览器里打开，或把图片插入表格、打成 ZIP 上传。",
        "See whether the link opens in a browser, or insert the picture, or send a ZIP of pictures.",
    ),
    "too_many_categories": Sentence(
        "文件里类目的写法超过 {more} 种，此行没有读入。",
        "The file writes its categories in more than {more} ways; the row was not read.",
        "请从模板的类目清单中选择。",
        "Choose them from the list in the template.",
    ),
    "stock_bound": Sentence(
        "库存 {value} 件少于已分配给专场的 {more} 件。",
        "{value} units are fewer than the {more} bound to sales.",
        "请填写不少于 {more} 的数量，或等专场结束后再改。",
        "Enter at least {more}, or wait until the sale has ended.",
    ),
    "barcode_taken": Sentence(
        "条码 {value} 在系统中属于另一件货品（{more}）。",
        "The barcode {value} belongs to other goods in the catalogue ({more}).",
        "请核对条码、款号、颜色和尺码。",
        "Check barcode, style number, colour and size.",
    ),
    "conflicting_duplicate": Sentence(
        "同一货品在文件中出现了多次（另见{more}）。",
        "The same goods stand in the file more than once (see also {more}).",
        "请只保留一行。",
        "Keep one of the rows.",
    ),
    "text_too_long": Sentence(
        "“{value}”太长（最多 {more} 个字）。",
        "'{value}' is too long (at most {more} characters).",
        "请缩短。",
        "Shorten it.",
    ),
    "text_cut": Sentence(
        "“{value}”太长，已取前 {more} 个字。",
        "'{value}' is too long; its first {more} characters were taken.",
        "如需要，请缩短后重新上传。",
        "If that matters, shorten it and upload again.",
    ),
    "style_disagrees": Sentence(
        "同一款号的{more}前后不一致，已采用第一次出现的写法。",
        "The rows of this style disagree on the {more}; the first was taken.",
        "如不正确，请统一后重新上传。",
        "If that is wrong, make them agree and upload again.",
    ),
    "reader_died": Sentence(
        "文件多次使读取程序中断，无法读入。",
        "The file stopped its reader several times and cannot be read.",
        "请另存为新的 .xlsx 文件后重试，或下载模板填写。",
        "Save it as a new .xlsx file, or fill in the template.",
    ),
    "file_missing": Sentence(
        "文件在平台的存储中找不到了，无法读入。",
        "The file is no longer in the platform's storage and cannot be read.",
        "请重新上传。",
        "Upload it again.",
    ),
}


def median_price(prices: Counter[int]) -> int:
    """The median of prices, given how often each occurs; of two in the middle the lower one (STOCK-6)."""
    before_it = (prices.total() + 1) // 2
    for price in sorted(prices):
        before_it -= prices[price]
        if before_it <= 0:
            return price
    raise ValueError("an empty set of prices has no median")


def is_far(price: int, baseline: int, factor: int) -> bool:
    """Whether a price is at least `factor` times its baseline, or at most that part of it (STOCK-6)."""
    return price >= baseline * factor or price * factor <= baseline


def fault_sentences(code: str, value: str, more: str) -> Sentence:
    """The four sentences of a fault of the catalogue, filled in."""
    template = CATALOGUE_FAULTS[code]
    shown = value if len(value) <= 60 else f"{value[:57]}…"
    return Sentence(*(part.format(value=shown, more=more) for part in template))


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """A category with the words that mean it in workbooks."""

    id: int
    name_zh: str
    admitted: bool
    words: tuple[str, ...]


STYLE_FIELDS = (
    "name", "category_id", "season", "year", "gender", "picture", "defects", "fabric", "origin", "selling_point",
)  # fmt: skip
"""What a workbook may say of a style besides its number."""
_EMPTY_STYLE: Mapping[str, Any] = {
    "name": "",
    "category_id": None,
    "season": "",
    "year": None,
    "gender": "",
    "picture": "",
    "defects": "",
    "fabric": "",
    "origin": "",
    "selling_point": "",
}
MAX_STYLE_PICTURES = 20
"""Of one style. A pack takes nine of them."""


class PictureJobState(enum.StrEnum):
    """Of an archive of pictures, and of a link to one."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class PictureSource(enum.StrEnum):
    """How a picture of a style came."""

    WORKBOOK = "workbook"
    LINK = "link"
    ARCHIVE = "archive"


def style_change(
    values: Mapping[str, Any], present: Mapping[str, Any] | None, known_pictures: Collection[str] = ()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """All STYLE_FIELDS of a style as they would be, and those of the catalogue that differ (STOCK-3): a blank cell changes nothing.

    Defects are as the file has them where it has any remark of the style, even none (STOCK-12). A first picture that the style has among
    `known_pictures` already does not become its cover anew: the brand may have chosen another one (STOCK-13).
    """
    before = _EMPTY_STYLE if present is None else present
    after = {name: values.get(name) or before[name] for name in STYLE_FIELDS}
    after["defects"] = values.get("defects", before["defects"])
    if before["picture"] and after["picture"] in known_pictures:
        after["picture"] = before["picture"]
    if present is None:
        return after, {}
    return after, {name: before[name] for name in STYLE_FIELDS if after[name] != before[name]}


_GENDERS = (("男", "男"), ("女", "女"), ("童", "童"), ("MEN", "男"), ("WOMEN", "女"), ("KID", "童"))


def category_of(text: str, gender: str, tree: Iterable[CategoryWords]) -> CategoryWords | None:
    """The category that a workbook means (STOCK-5), or None where no word fits.

    A word that equals the text wins over one within it, then the longest; with the gender before it ("男" + "外套") it wins over
    the word alone. A colour that carries the name of forbidden goods ("奶粉色") is not those goods.
    """
    plain = text.strip().upper()
    if not plain:
        return None
    marked = f"{_gender_word(gender)}{plain}"
    best: tuple[tuple[bool, bool, int], CategoryWords] | None = None
    for category in tree:
        for word in category.words:
            needle = word.upper()
            for candidate, with_gender in ((marked, True), (plain, False)):
                if _means(needle, candidate) and not (with_gender and _means(needle, plain)):
                    rank = (needle == candidate, with_gender, len(needle))
                    if best is None or rank > best[0]:
                        best = (rank, category)
    return best[1] if best else None


def _gender_word(gender: str) -> str:
    upper = gender.strip().upper()
    if "WOMEN" in upper or "女" in upper:
        return "女" if "童" not in upper else "童"
    return next((word for sign, word in _GENDERS if sign in upper), "") if "童" not in upper else "童"


def _means(word: str, text: str) -> bool:
    return re.search(f"{re.escape(word)}(?!色)", text) is not None


MAX_DEFECTS = 500


def defects_of(remarks: Iterable[tuple[str, str, str | None]]) -> str | None:
    """What the rows of a style (colour, size, defect) say of its defects, in one text; None where no row has a remark (STOCK-12).

    A defect of all rows stands alone; any other is followed by its colours and sizes.
    """
    rows = list(remarks)
    if all(defect is None for _, _, defect in rows):
        return None
    sizes_by_defect: dict[str, dict[str, list[str]]] = {}
    for colour, size, defect in rows:
        if defect:
            sizes_by_defect.setdefault(defect, {}).setdefault(colour, []).append(size)
    parts = []
    for defect, colours in sizes_by_defect.items():
        of_all = sum(map(len, colours.values())) == len(rows)
        named = "；".join(f"{colour} {'、'.join(dict.fromkeys(sizes))}".strip() for colour, sizes in colours.items())
        parts.append(defect if of_all else f"{defect}（{named}）")
    text = "；".join(parts)
    return text if len(text) <= MAX_DEFECTS else f"{text[: MAX_DEFECTS - 1]}…"


REMEMBERED_FIELDS = re.compile(r"[a-z_]{1,40}\Z")


def are_valid_answers(answers: Mapping[str, Mapping[str, str]], fingerprints: Iterable[str]) -> bool:
    """Whether answers name layouts that have questions, by columns (letters or headings) and well-formed field names."""
    known = set(fingerprints)
    return bool(answers) and all(
        fingerprint in known
        and columns
        and all(0 < len(col) <= 200 and REMEMBERED_FIELDS.match(name) for col, name in columns.items())
        for fingerprint, columns in answers.items()
    )
