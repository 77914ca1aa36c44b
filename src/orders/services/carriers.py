"""The table of carriers, as ops edit it (ORDER-9)."""

import re
from collections.abc import Sequence
from datetime import datetime

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from kernel.refusal import Conflict, Invalid
from orders.models.shipping import Carrier
from orders.rules.parcels import MAX_CARRIER_NAME, carrier_key
from orders.selectors.carriers import CarrierDraft, CarrierView, NoSuchCarrier, carrier_table, carrier_view, spellings

MAX_ALIASES, MAX_ALIAS, MAX_PATTERNS, MAX_PATTERN = 40, 40, 10, 100


class InvalidCarrier(Invalid):
    code = "orders.invalid_carrier"
    zh = "编码、中文名（最多 {max_name} 个字）和英文名必填；别名最多 {max_aliases} 个，每个最多 {max_alias} 个字"
    en = "Code, Chinese name of at most {max_name} characters and English name are needed; at most {max_aliases} aliases of {max_alias}"
    max_name: int
    max_aliases: int
    max_alias: int


class InvalidNumberPattern(Invalid):
    code = "orders.invalid_number_pattern"
    zh = "单号格式“{pattern}”不能用：须是最多 {max_length} 个字符的正则表达式，不能有重复套重复"
    en = "The pattern “{pattern}” cannot be used: a regular expression of at most {max_length} characters, without nested repetition"
    pattern: str
    max_length: int


class CarrierSpellingTaken(Conflict):
    code = "orders.carrier_spelling_taken"
    zh = "“{text}”已是 {other} 的写法；一个写法只能指一家快递公司"
    en = "“{text}” means {other} already; a spelling means one carrier"
    text: str
    other: str


@atomic_with_retry
def create_carrier(*, actor: Actor, draft: CarrierDraft, now: datetime) -> CarrierView:
    """Add a carrier. Refuses a spelling that means another one."""
    require_roles(actor, Role.OPS)
    draft = _checked(draft, None)
    row = Carrier.objects.create(**_columns(draft))
    record(
        actor=actor, action="orders.create_carrier", kind="carrier", subject_id=row.pk, details=_columns(draft), now=now
    )
    return carrier_view(row)


@atomic_with_retry
def change_carrier(*, actor: Actor, carrier_id: int, draft: CarrierDraft, now: datetime) -> CarrierView:
    """Change a carrier; parcels keep the name that they were shipped with. An inactive one is not offered and refused for new parcels."""
    require_roles(actor, Role.OPS)
    row = Carrier.objects.select_for_update().filter(pk=carrier_id).first()
    if row is None:
        raise NoSuchCarrier(carrier_id=carrier_id)
    columns = _columns(_checked(draft, carrier_id))
    changed = {name: value for name, value in columns.items() if getattr(row, name) != value}
    if changed:
        details = {name: {"from": getattr(row, name), "to": value} for name, value in changed.items()}
        Carrier.objects.filter(pk=carrier_id).update(**changed)
        record(
            actor=actor, action="orders.change_carrier", kind="carrier", subject_id=carrier_id, details=details, now=now
        )
        row.refresh_from_db()
    return carrier_view(row)


def _checked(draft: CarrierDraft, carrier_id: int | None) -> CarrierDraft:
    """The draft without blanks around its texts. Refuses what is missing, too long, or means another carrier."""
    clean = CarrierDraft(
        code=draft.code.strip(),
        name=draft.name.strip(),
        name_en=draft.name_en.strip(),
        aliases=_texts(draft.aliases),
        kuaidi100_code=draft.kuaidi100_code.strip(),
        kdniao_code=draft.kdniao_code.strip(),
        number_patterns=_texts(draft.number_patterns),
        is_active=draft.is_active,
    )
    if (
        not (0 < len(clean.code) <= 30 and 0 < len(clean.name) <= MAX_CARRIER_NAME and 0 < len(clean.name_en) <= 40)
        or len(clean.aliases) > MAX_ALIASES
        or any(len(each) > MAX_ALIAS for each in clean.aliases)
        or len(clean.kuaidi100_code) > 40
        or len(clean.kdniao_code) > 20
    ):
        raise InvalidCarrier(max_name=MAX_CARRIER_NAME, max_aliases=MAX_ALIASES, max_alias=MAX_ALIAS)
    for pattern in clean.number_patterns:
        _require_pattern(pattern)
    if len(clean.number_patterns) > MAX_PATTERNS:
        raise InvalidNumberPattern(pattern=clean.number_patterns[MAX_PATTERNS], max_length=MAX_PATTERN)
    # Two edits at once must not give one spelling to two carriers.
    list(Carrier.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    known = carrier_table().by_key
    for text in spellings(clean):
        other = known.get(carrier_key(text))
        if other is not None and other.id != carrier_id:
            raise CarrierSpellingTaken(text=text, other=other.name)
    return clean


def _require_pattern(pattern: str) -> None:
    """A nested repetition such as (a+)+ would make matching one number take exponential time."""
    is_nested = re.search(r"[+*}]\)*[+*{]", pattern) is not None
    try:
        re.compile(pattern)
    except re.error:
        is_nested = True
    if is_nested or len(pattern) > MAX_PATTERN:
        raise InvalidNumberPattern(pattern=pattern[:MAX_PATTERN], max_length=MAX_PATTERN)


def _texts(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _columns(draft: CarrierDraft) -> dict[str, object]:
    return {
        "code": draft.code,
        "name": draft.name,
        "name_en": draft.name_en,
        "aliases": list(draft.aliases),
        "kuaidi100_code": draft.kuaidi100_code,
        "kdniao_code": draft.kdniao_code,
        "number_patterns": list(draft.number_patterns),
        "is_active": draft.is_active,
    }
