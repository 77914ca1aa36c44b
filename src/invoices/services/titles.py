"""Titles 抬头 that a reseller or a brand saves, and which of them is the default (INVOICE-1)."""

from datetime import datetime

from accounts.rules import Actor
from accounts.services.audit import record
from db.transactions import atomic_with_retry
from invoices import sql
from invoices.models import InvoiceTitle
from invoices.rules.titles import (
    MAX_NAME,
    MAX_TITLES,
    TitleField,
    TitleFields,
    cleaned,
    field_problems,
    tax_number_problem,
)
from invoices.selectors.titles import NoSuchTitle, Owner, TitleView, owner_of, title_view, titles_of
from kernel.refusal import Conflict, Invalid

_WORDS = {
    TitleField.KIND: ("专票只能开给企业", "a special invoice is for companies"),
    TitleField.NAME: (f"名称（最多 {MAX_NAME} 个字）", f"the name, at most {MAX_NAME} characters"),
    TitleField.TAX_NUMBER: ("税号", "the tax number"),
    TitleField.ADDRESS: ("地址", "the address"),
    TitleField.PHONE: ("电话", "the telephone number"),
    TitleField.BANK: ("开户行", "the bank"),
    TitleField.ACCOUNT: ("银行账号", "the number of the bank account"),
    TitleField.EMAIL: ("收票邮箱", "the mail address"),
}


class InvalidTitle(Invalid):
    """`wrong` are the fields that are missing or cannot be true, by name."""

    code = "invoices.invalid_title"
    zh = "发票抬头请补全或更正：{words}"
    en = "Complete or correct the invoice title: {words}"
    wrong: list[str]

    def sentence(self, language: str = "zh") -> str:
        is_chinese = language.startswith("zh")
        words = [_WORDS[TitleField(each)][0 if is_chinese else 1] for each in self.wrong]
        return (self.zh if is_chinese else self.en).format(words=("、" if is_chinese else ", ").join(words))


class InvalidTaxNumber(Invalid):
    """What is wrong with it: `fault` is length, character or check."""

    code = "invoices.invalid_tax_number"
    zh = "{what_zh}"
    en = "{what_en}"
    fault: str
    what_zh: str
    what_en: str


class TooManyTitles(Conflict):
    code = "invoices.too_many_titles"
    zh = "最多保存 {max_titles} 个抬头，请先删除不用的"
    en = "At most {max_titles} titles are saved; remove one that you do not use"
    max_titles: int


@atomic_with_retry
def save_title(*, actor: Actor, fields: TitleFields, is_default: bool = False, now: datetime) -> TitleView:
    """Save a title of one's own. The first one, and one that is chosen so, is the default. The same title again saves nothing more.

    Refuses what is missing for its kind and a tax number that cannot be true, and says what is wrong.
    """
    owner = owner_of(actor)
    fields = _validated(fields)
    sql.lock_owner(reseller_id=owner.reseller_id, brand_id=owner.brand_id)
    saved = titles_of(owner)
    values = {name: getattr(fields, name) for name in _FIELDS}
    row = saved.filter(**values).first()
    if row is None:
        count = saved.count()
        if count >= MAX_TITLES:
            raise TooManyTitles(max_titles=MAX_TITLES)
        row = InvoiceTitle(
            reseller_id=owner.reseller_id, brand_id=owner.brand_id, is_default=False, saved_at=now, **values
        )
        row.save(force_insert=True)
        _record(row, "invoices.save_title", actor, now)
        is_default = is_default or count == 0
    if is_default:
        _make_default(owner, row)
    return title_view(row)


@atomic_with_retry
def choose_default(*, actor: Actor, title_id: int, now: datetime) -> TitleView:
    """Make a title of one's own the default."""
    owner = owner_of(actor)
    sql.lock_owner(reseller_id=owner.reseller_id, brand_id=owner.brand_id)
    row = _own(owner, title_id)
    if not row.is_default:
        _make_default(owner, row)
        _record(row, "invoices.choose_title", actor, now)
    return title_view(row)


@atomic_with_retry
def remove_title(*, actor: Actor, title_id: int, now: datetime) -> None:
    """Remove a title of one's own. Requests keep their copies."""
    owner = owner_of(actor)
    sql.lock_owner(reseller_id=owner.reseller_id, brand_id=owner.brand_id)
    row = _own(owner, title_id)
    row.is_default, row.removed_at = False, now
    row.save(update_fields=["is_default", "removed_at"])
    _record(row, "invoices.remove_title", actor, now)


_FIELDS = ("kind", "name", "tax_number", "address", "phone", "bank", "account", "email", "is_special")


def _validated(fields: TitleFields) -> TitleFields:
    fields = cleaned(fields)
    wrong = field_problems(fields)
    problem = tax_number_problem(fields.tax_number)
    if TitleField.TAX_NUMBER in wrong and fields.tax_number and problem is not None:
        raise InvalidTaxNumber(fault=problem.fault.value, what_zh=problem.zh, what_en=problem.en)
    if wrong:
        raise InvalidTitle(wrong=[each.value for each in wrong])
    return fields


def _own(owner: Owner, title_id: int) -> InvoiceTitle:
    row = titles_of(owner).filter(pk=title_id).first()
    if row is None:
        raise NoSuchTitle(title_id=title_id)
    return row


def _make_default(owner: Owner, row: InvoiceTitle) -> None:
    titles_of(owner).filter(is_default=True).exclude(pk=row.pk).update(is_default=False)
    row.is_default = True
    row.save(update_fields=["is_default"])


def _record(row: InvoiceTitle, action: str, actor: Actor, now: datetime) -> None:
    details = {"invoice_title": row.name, "tax_number": row.tax_number}
    record(actor=actor, action=action, kind="invoice_title", subject_id=row.pk, details=details, now=now)
