"""Writes of brands: applications, decisions, deposits, clerks."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from accounts.services.people import (
    add_person_with_hash,
    close_account,
    hash_new_password,
    write_deactivation,
    write_reactivation,
)
from brands import sql
from brands.models import AdmissionTermsVersion, Brand, Staff
from brands.rules import (
    MAX_ORDER_MINIMUM_FEN,
    MAX_ORDER_MINIMUM_UNITS,
    AdmissionTerms,
    BrandStatus,
    OrderMinimum,
    shortfalls,
)
from brands.selectors.brands import (
    BrandView,
    ClerkView,
    NoSuchBrand,
    get_admission_terms,
    get_brand,
    get_clerk,
    get_first_clerk_id,
    require_own_brand,
    require_staff,
)
from db.errors import constraint_of
from db.transactions import atomic_with_retry
from kernel.money import format_yuan
from kernel.refusal import Conflict, Forbidden, Invalid, require_reason
from kernel.text import invisible_character, normalized
from ledger.rules import (
    CLEARING,
    MAX_BANK_REFERENCE,
    AccountKind,
    AccountRef,
    Approval,
    EntryDraft,
    PostingKind,
    bank_reference,
    require_second_person,
)
from ledger.services import post

MAX_REASON = 300
MAX_RETURN_ADDRESS = 200


class BrandNameTaken(Conflict):
    code = "brands.name_taken"
    zh = "品牌「{name}」已经在册"
    en = "A brand named {name} is already registered"
    name: str


class BelowTerms(Conflict):
    code = "brands.below_terms"
    zh = "不符合入驻条件：年销售额须满 ¥{min_sales}（现 ¥{sales}），线下门店须满 {min_shops} 家（现 {shops} 家）"
    en = "Below the terms of admission: ¥{min_sales} a year (has ¥{sales}), {min_shops} shops (has {shops})"
    missed: list[str]
    min_sales_fen: int
    sales_fen: int
    min_shops: int
    shops: int


class InvalidBrandTransition(Conflict):
    code = "brands.invalid_transition"
    zh = "此品牌现在的状态不能这样处理，请刷新页面看看"
    en = "The brand is {state}; that cannot be done now"
    state: str


class InvalidReturnAddress(Invalid):
    code = "brands.invalid_return_address"
    zh = "请写明退货的收件人、电话和地址（最多 {max_length} 个字）"
    en = "Give recipient, telephone and address for returns, at most {max_length} characters"
    max_length: int


class InvalidOrderMinimum(Invalid):
    code = "brands.invalid_order_minimum"
    zh = "起订额须在 ¥0.01 至 ¥{max} 之间，起订件数须为 1 至 {max_units} 的整数，或留空"
    en = "An order minimum is from ¥0.01 to ¥{max}, its units are a whole number from 1 to {max_units}; or none"
    max_fen: int = MAX_ORDER_MINIMUM_FEN
    max_units: int = MAX_ORDER_MINIMUM_UNITS


class NotFirstClerk(Forbidden):
    code = "brands.not_first_clerk"
    zh = "只有品牌的首位账号可以停用或恢复其他账号"
    en = "Only the first clerk of a brand deactivates and reactivates its other clerks"


class OwnAccount(Conflict):
    code = "brands.own_account"
    zh = "不能停用自己的账号；需要时请联系平台运营"
    en = "You cannot deactivate your own account; ask the platform's operations team"


class DeactivatedByOps(Conflict):
    code = "brands.deactivated_by_ops"
    zh = "此账号由平台停用，只能由平台运营恢复"
    en = "The platform deactivated this account; only its operations team can reactivate it"


_FIGURES = {
    "name": ("品牌名", "The name of the brand"),
    "annual_sales": ("年销售额", "The figure of yearly sales"),
    "offline_shops": ("线下门店数", "The number of shops"),
    "commission_rate": ("佣金率", "The commission"),
    "amount": ("金额", "The amount"),
    "reference": ("银行流水号", "The bank reference"),
    "terms": ("入驻条件", "The terms of admission"),
}


class InvalidFigure(Invalid):
    code = "brands.invalid_figure"
    zh = "{field} 的数值不合理"
    en = "{field} makes no sense"
    field: str

    def sentence(self, language: str = "zh") -> str:
        zh, en = _FIGURES[self.field]
        return self.zh.format(field=zh) if language.startswith("zh") else self.en.format(field=en)


@transaction.atomic
def create_application(
    *,
    actor: Actor,
    name: str,
    annual_sales_fen: int,
    offline_shops: int,
    commission_rate: Decimal,
    contact: str = "",
    now: datetime,
) -> BrandView:
    """Enter an application that ops received: yearly sales in fen, shops, and the agreed commission (0 ≤ rate < 1)."""
    require_roles(actor, Role.OPS)
    name = normalized(name)
    if not 0 < len(name) <= 80 or invisible_character(name):
        raise InvalidFigure(field="name")
    if annual_sales_fen < 0:
        raise InvalidFigure(field="annual_sales")
    if not 0 <= offline_shops <= 1_000_000:
        raise InvalidFigure(field="offline_shops")
    if not 0 <= commission_rate < 1:
        raise InvalidFigure(field="commission_rate")
    try:
        with transaction.atomic():
            row = Brand.objects.create(
                name=name,
                annual_sales_fen=annual_sales_fen,
                offline_shops=offline_shops,
                deposit_required_fen=get_admission_terms(now).deposit_fen,
                commission_rate=commission_rate,
                contact=contact[:120],
                applied_at=now,
            )
    except IntegrityError as error:
        if constraint_of(error) != "brands_brand_name_key":
            raise
        raise BrandNameTaken(name=name) from error
    record(actor=actor, action="brands.apply", kind="brand", subject_id=row.pk, details={"name": name}, now=now)
    return get_brand(row.pk)


@transaction.atomic
def admit_brand(*, actor: Actor, brand_id: int, now: datetime) -> BrandView:
    """Admit an applicant that meets the terms of today (BRAND-1). Selling waits for the deposit (BRAND-2)."""
    require_roles(actor, Role.OPS)
    row = _locked(brand_id, BrandStatus.APPLIED, BrandStatus.REFUSED, BrandStatus.SUSPENDED)
    terms = get_admission_terms(now)
    missed = shortfalls(annual_sales_fen=row.annual_sales_fen, offline_shops=row.offline_shops, terms=terms)
    if missed:
        raise BelowTerms(
            missed=missed,
            min_sales_fen=terms.min_annual_sales_fen,
            sales_fen=row.annual_sales_fen,
            min_shops=terms.min_offline_shops,
            shops=row.offline_shops,
        )
    row.deposit_required_fen = terms.deposit_fen
    return _decide(row, BrandStatus.ADMITTED, "", actor, now)


@transaction.atomic
def refuse_brand(*, actor: Actor, brand_id: int, reason: str, now: datetime) -> BrandView:
    require_roles(actor, Role.OPS)
    return _decide(
        _locked(brand_id, BrandStatus.APPLIED),
        BrandStatus.REFUSED,
        require_reason(reason, max_length=MAX_REASON),
        actor,
        now,
    )


@transaction.atomic
def suspend_brand(*, actor: Actor, brand_id: int, reason: str, now: datetime) -> BrandView:
    """Stop a brand from scheduling further sales; its live sales go on."""
    require_roles(actor, Role.OPS)
    return _decide(
        _locked(brand_id, BrandStatus.ADMITTED),
        BrandStatus.SUSPENDED,
        require_reason(reason, max_length=MAX_REASON),
        actor,
        now,
    )


@transaction.atomic
def close_brand(*, actor: Actor, brand_id: int, reason: str, now: datetime) -> BrandView:
    """Close the account of a suspended brand: nobody signs in for it any more (MONEY-17). The caller checks permission and money."""
    view = _decide(
        _locked(brand_id, BrandStatus.APPLIED, BrandStatus.REFUSED, BrandStatus.SUSPENDED),
        BrandStatus.CLOSED,
        require_reason(reason, max_length=MAX_REASON),
        actor,
        now,
    )
    for person_id in Staff.objects.filter(brand_id=brand_id).order_by("person_id").values_list("person_id", flat=True):
        close_account(actor=actor, person_id=person_id, reason=reason, now=now)
    return view


@atomic_with_retry
def record_deposit(
    *, actor: Actor, approval: Approval | None, brand_id: int, amount_fen: int, reference: str, now: datetime
) -> BrandView:
    """Post a deposit that reached the platform's bank account, with the approval of a second person (MONEY-1).

    A bank `reference` counts once, for whichever brand.
    """
    require_roles(actor, Role.FINANCE, Role.OPS)
    require_second_person(actor, approval)
    if amount_fen <= 0:
        raise InvalidFigure(field="amount")
    reference = bank_reference(reference)
    if not 0 < len(reference) <= MAX_BANK_REFERENCE:
        raise InvalidFigure(field="reference")
    get_brand(brand_id)
    booked = post(
        kind=PostingKind.DEPOSIT,
        key=f"deposit:{reference}",
        cause=f"brand:{brand_id}",
        entries=[EntryDraft(AccountRef(AccountKind.DEPOSIT, brand_id), amount_fen), EntryDraft(CLEARING, -amount_fen)],
        actor=actor,
        now=now,
        note=reference,
    )
    if booked:
        details = {"amount": format_yuan(amount_fen), "reference": reference}
        record(actor=actor, action="brands.record_deposit", kind="brand", subject_id=brand_id, details=details, now=now)
    return get_brand(brand_id)


def add_clerk(*, actor: Actor, brand_id: int, login: str, name: str, password: str, now: datetime) -> Actor:
    """Add a person who may sign in for a brand that is not closed."""
    require_roles(actor, Role.OPS)
    _require_not_closed(get_brand(brand_id))
    encoded = hash_new_password(login=login, name=name, role=Role.BRAND, password=password)
    with transaction.atomic():
        Brand.objects.select_for_update(no_key=True).filter(pk=brand_id).values_list("pk").first()
        _require_not_closed(get_brand(brand_id))
        clerk = add_person_with_hash(actor=actor, login=login, name=name, role=Role.BRAND, encoded=encoded, now=now)
        Staff.objects.create(brand_id=brand_id, person_id=clerk.own_id)
        details = {"login": login}
        record(actor=actor, action="brands.add_clerk", kind="brand", subject_id=brand_id, details=details, now=now)
    return clerk


@transaction.atomic
def deactivate_clerk(*, actor: Actor, person_id: int, reason: str, now: datetime) -> ClerkView:
    """The first clerk of a brand deactivates another clerk of it, whose sessions and tokens end (BRAND-4)."""
    brand_id = _brand_of_first_clerk(actor, person_id)
    write_deactivation(actor=actor, person_id=person_id, reason=reason, now=now)
    return get_clerk(brand_id, person_id)


@transaction.atomic
def reactivate_clerk(*, actor: Actor, person_id: int, reason: str, now: datetime) -> ClerkView:
    """The first clerk of a brand reactivates another clerk, unless ops deactivated that one (BRAND-4)."""
    brand_id = _brand_of_first_clerk(actor, person_id)
    if get_clerk(brand_id, person_id).deactivated_by_platform:
        raise DeactivatedByOps
    write_reactivation(actor=actor, person_id=person_id, reason=reason, now=now)
    return get_clerk(brand_id, person_id)


@transaction.atomic
def set_return_address(*, actor: Actor, brand_id: int, return_address: str, now: datetime) -> BrandView:
    """A clerk of the brand, or ops, say where customers send goods back to (AFTER-5). Cases that are approved keep the earlier address."""
    require_staff(actor, brand_id, Role.OPS)
    address = normalized(return_address)
    if not 0 < len(address) <= MAX_RETURN_ADDRESS:
        raise InvalidReturnAddress(max_length=MAX_RETURN_ADDRESS)
    row = Brand.objects.select_for_update(no_key=True).filter(pk=brand_id).first()
    if row is None:
        raise NoSuchBrand(brand_id=brand_id)
    if row.return_address != address:
        earlier, row.return_address = row.return_address, address
        row.save(update_fields=["return_address"])
        details = {"from": earlier, "to": address}
        record(
            actor=actor, action="brands.set_return_address", kind="brand", subject_id=brand_id, details=details, now=now
        )
    return get_brand(brand_id)


@transaction.atomic
def set_order_minimum(*, actor: Actor, brand_id: int, minimum: OrderMinimum, now: datetime) -> BrandView:
    """A clerk of the brand, or ops, say what one placement must have of the brand at least (BRAND-5). Placed orders stay as they are."""
    require_staff(actor, brand_id, Role.OPS)
    if not (
        (minimum.min_fen is None or 1 <= minimum.min_fen <= MAX_ORDER_MINIMUM_FEN)
        and (minimum.min_units is None or 1 <= minimum.min_units <= MAX_ORDER_MINIMUM_UNITS)
    ):
        raise InvalidOrderMinimum
    row = Brand.objects.select_for_update(no_key=True).filter(pk=brand_id).first()
    if row is None:
        raise NoSuchBrand(brand_id=brand_id)
    earlier = OrderMinimum(row.min_order_fen, row.min_order_units)
    if minimum != earlier:
        row.min_order_fen, row.min_order_units = minimum.min_fen, minimum.min_units
        row.save(update_fields=["min_order_fen", "min_order_units"])
        details = {"from": asdict(earlier), "to": asdict(minimum)}
        record(
            actor=actor, action="brands.set_order_minimum", kind="brand", subject_id=brand_id, details=details, now=now
        )
    return get_brand(brand_id)


@transaction.atomic
def set_admission_terms(*, actor: Actor, terms: AdmissionTerms, now: datetime) -> None:
    """Change what admission requires from now on; admitted brands stay admitted."""
    require_roles(actor, Role.OPS)
    if min(terms.min_annual_sales_fen, terms.min_offline_shops, terms.deposit_fen) < 0:
        raise InvalidFigure(field="terms")
    row = AdmissionTermsVersion.objects.create(
        from_at=now,
        min_annual_sales_fen=terms.min_annual_sales_fen,
        min_offline_shops=terms.min_offline_shops,
        deposit_fen=terms.deposit_fen,
    )
    record(actor=actor, action="brands.set_admission_terms", kind="brand_terms", subject_id=row.pk, details={}, now=now)


def _require_not_closed(brand: BrandView) -> None:
    if brand.status is BrandStatus.CLOSED:
        raise InvalidBrandTransition(state=brand.status.value)


def lock_brand_against_cases(brand_id: int) -> None:
    """Lock a brand until the transaction ends, so that no after-sales case about its goods is opened meanwhile (SETTLE-2)."""
    Brand.objects.select_for_update(no_key=True).filter(pk=brand_id).values_list("pk").first()


def lock_brand_for_case(brand_id: int) -> None:
    """Wait for who has locked the brand against cases. Cases do not wait for each other."""
    sql.lock_shared(brand_id)


def _brand_of_first_clerk(actor: Actor, person_id: int) -> int:
    """The brand of the acting clerk, who must be its first, while `person_id` is another of its clerks. The brand's row is locked."""
    brand_id = require_own_brand(actor).id
    # Changes of the clerks of one brand are serialized, so that the first clerk is still the first at the time of writing.
    Brand.objects.select_for_update(no_key=True).filter(pk=brand_id).values_list("pk").first()
    if get_first_clerk_id(brand_id) != actor.own_id:
        raise NotFirstClerk
    if person_id == actor.own_id:
        raise OwnAccount
    get_clerk(brand_id, person_id)
    return brand_id


def _locked(brand_id: int, *expected: BrandStatus) -> Brand:
    row = Brand.objects.select_for_update().filter(pk=brand_id).first()
    if row is None:
        raise NoSuchBrand(brand_id=brand_id)
    if BrandStatus(row.status) not in expected:
        raise InvalidBrandTransition(state=row.status)
    return row


def _decide(row: Brand, status: BrandStatus, reason: str, actor: Actor, now: datetime) -> BrandView:
    row.status, row.reason, row.decided_at, row.decided_by_id = status.value, reason, now, actor.person_id
    row.save(update_fields=["status", "reason", "decided_at", "decided_by", "deposit_required_fen"])
    details = {"status": status.value, "reason": reason}
    record(actor=actor, action=f"brands.{status.value}", kind="brand", subject_id=row.pk, details=details, now=now)
    return get_brand(row.pk)
