"""One-time codes: setting up a device, using codes once, recovery codes, and the reset by two people (ACCOUNT-9 to ACCOUNT-12)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from accounts.models import AuditEntry, CodeDevice, RecoveryCode
from accounts.rules import Actor, Role, accepted_steps, is_recovery_code, new_recovery_code, typed_code
from accounts.services import code_resets, one_time_codes, people, totp
from accounts.services.code_resets import (
    ArrangedReset,
    ArrangedTogether,
    NoSuchReset,
    NothingToReset,
    OwnReset,
    ResetOfOneself,
)
from accounts.services.one_time_codes import (
    AlreadySetUp,
    CodeNotSetUp,
    CodeNotUsableYet,
    CodeRequired,
    SetupExpired,
    TooManyWrongCodes,
    WrongCode,
)
from accounts.services.passwords import issue_password_link, redeem_password_link
from accounts.services.sign_in import WrongPassword
from accounts.services.totp import SecretUnreadable
from kernel.refusal import Refusal
from tests.builders import NOW, PASSWORD, Marketplace, person, settled_statement
from treasury.models import MoneyRequest
from treasury.services import deciding, entering

pytestmark = pytest.mark.django_db
STEP = timedelta(seconds=30)


class Phone:
    """What an authenticator app shows."""

    def __init__(self, actor: Actor, *, now: datetime = NOW) -> None:
        self.actor = actor
        self.setup = one_time_codes.begin_setup(actor=actor, password=PASSWORD, address="10.0.0.1", now=now)
        self.recovery_codes = one_time_codes.confirm_setup(actor=actor, code=self.code(now), now=now)

    def code(self, at: datetime) -> str:
        return totp.code_at(self.setup.secret, int(at.timestamp()) // 30)

    def use(self, code: str, *, at: datetime) -> None:
        with one_time_codes.count_wrong_codes(actor=self.actor, now=at):
            one_time_codes.require_code(actor=self.actor, code=code, now=at)


def test_codes_are_those_of_rfc_6238() -> None:
    """The test vectors of the RFC's appendix B for SHA-1, their last six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    expected = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 20000000000: "353130"}
    assert {at: totp.code_at(secret, at // 30) for at in expected} == expected


# ACCOUNT-10
def test_the_present_step_and_its_neighbours_are_accepted_once() -> None:
    at = datetime(2026, 11, 22, 4, 0, 10, tzinfo=UTC)
    step = int(at.timestamp()) // 30
    assert sorted(accepted_steps(at, after_step=0)) == [step - 1, step, step + 1]
    assert accepted_steps(at, after_step=step) == [step + 1]
    assert accepted_steps(at, after_step=step + 1) == []


# ACCOUNT-11
def test_recovery_codes_are_read_however_they_are_typed() -> None:
    code = new_recovery_code()
    assert len(code) == 19
    assert is_recovery_code(typed_code(f" {code.lower().replace('-', ' ')} "))
    assert typed_code("１２３ ４５６") == "123456"
    assert not is_recovery_code(typed_code("123 456"))


# ACCOUNT-9
def test_a_device_is_set_up_with_the_password_and_a_first_code() -> None:
    her = person(Role.FINANCE)
    with pytest.raises(WrongPassword):
        one_time_codes.begin_setup(actor=her, password="falsch-falsch", address="10.0.0.1", now=NOW)
    assert not CodeDevice.objects.exists()
    phone = Phone(her)
    assert "otpauth://totp/" in phone.setup.uri
    row = CodeDevice.objects.get(person_id=her.own_id)
    assert phone.setup.secret not in row.secret
    assert (row.pending_secret, row.confirmed_at, row.usable_from) == ("", NOW, NOW)
    assert len(set(phone.recovery_codes)) == 10
    stored = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert len(stored) == 10
    assert not stored & set(phone.recovery_codes)
    with pytest.raises(AlreadySetUp):
        one_time_codes.begin_setup(actor=her, password=PASSWORD, address="10.0.0.1", now=NOW)
    status = one_time_codes.get_code_status(her, at=NOW)
    assert (status.is_set_up, status.recovery_codes_left, status.is_being_set_up) == (True, 10, False)


# ACCOUNT-9
def test_a_set_up_that_is_not_confirmed_in_time_is_begun_again() -> None:
    her = person(Role.FINANCE)
    setup = one_time_codes.begin_setup(actor=her, password=PASSWORD, address="10.0.0.1", now=NOW)
    later = NOW + timedelta(minutes=15)
    with pytest.raises(SetupExpired):
        one_time_codes.confirm_setup(
            actor=her, code=totp.code_at(setup.secret, int(later.timestamp()) // 30), now=later
        )
    assert one_time_codes.get_setup(her, at=later) is None
    assert not one_time_codes.get_code_status(her, at=later).is_set_up


# ACCOUNT-10
def test_a_code_is_good_once_and_for_a_neighbouring_step() -> None:
    phone = Phone(person(Role.FINANCE))
    with pytest.raises(WrongCode):
        phone.use(phone.code(NOW), at=NOW)
    at = NOW + 4 * STEP
    phone.use(phone.code(at - STEP), at=at)
    with pytest.raises(WrongCode):
        phone.use(phone.code(at - STEP), at=at)
    phone.use(phone.code(at + STEP), at=at)
    with pytest.raises(WrongCode):
        phone.use(phone.code(at), at=at)
    late = at + 10 * STEP
    for far in (late - 2 * STEP, late + 2 * STEP):
        with pytest.raises(WrongCode):
            phone.use(phone.code(far), at=late)
    with pytest.raises(CodeRequired):
        phone.use(" ", at=late)


# ACCOUNT-10
def test_wrong_codes_are_limited_per_person_and_audited() -> None:
    phone, other = Phone(person(Role.FINANCE)), Phone(person(Role.FINANCE))
    at = NOW + 10 * STEP
    for _ in range(5):
        with pytest.raises(WrongCode):
            phone.use("000000", at=at)
    with pytest.raises(TooManyWrongCodes) as refused:
        phone.use(phone.code(at), at=at)
    assert refused.value.headers() == {"Retry-After": "900"}
    other.use(other.code(at), at=at)
    later = at + timedelta(minutes=15)
    phone.use(phone.code(later), at=later)
    wrong = AuditEntry.objects.filter(action="accounts.wrong_code", subject_id=phone.actor.own_id)
    assert wrong.count() == 5


# ACCOUNT-11
def test_a_recovery_code_works_once_and_new_ones_end_the_old() -> None:
    phone = Phone(person(Role.FINANCE))
    first, second = phone.recovery_codes[:2]
    phone.use(first.lower(), at=NOW)
    with pytest.raises(WrongCode):
        phone.use(first, at=NOW)
    assert one_time_codes.get_code_status(phone.actor, at=NOW).recovery_codes_left == 9
    at = NOW + 2 * STEP
    fresh = one_time_codes.renew_recovery_codes(actor=phone.actor, code=phone.code(at), now=at)
    with pytest.raises(WrongCode):
        phone.use(second, at=at)
    phone.use(fresh[0], at=at)


# ACCOUNT-9
def test_a_device_is_replaced_with_a_code_and_the_old_one_ends_with_the_confirmation() -> None:
    phone = Phone(person(Role.FINANCE))
    at = NOW + 2 * STEP
    with pytest.raises(WrongCode):
        one_time_codes.begin_replacement(actor=phone.actor, code="000000", now=at)
    setup = one_time_codes.begin_replacement(actor=phone.actor, code=phone.code(at), now=at)
    phone.use(phone.code(at + STEP), at=at)
    at += 4 * STEP
    one_time_codes.confirm_setup(actor=phone.actor, code=totp.code_at(setup.secret, int(at.timestamp()) // 30), now=at)
    at += 2 * STEP
    with pytest.raises(WrongCode):
        phone.use(phone.code(at), at=at)
    phone.setup = setup
    phone.use(phone.code(at), at=at)


# ACCOUNT-9
def test_a_secret_is_read_with_any_of_the_keys_and_only_for_its_owner() -> None:
    with override_settings(ONE_TIME_CODE_KEYS=["a" * 32]):
        stored = totp.encrypt_secret("GEZDGNBV", person_id=7)
    with override_settings(ONE_TIME_CODE_KEYS=["b" * 32, "a" * 32]):
        assert totp.decrypt_secret(stored, person_id=7) == "GEZDGNBV"
        with pytest.raises(SecretUnreadable):
            totp.decrypt_secret(stored, person_id=8)
    with override_settings(ONE_TIME_CODE_KEYS=["b" * 32]), pytest.raises(SecretUnreadable):
        totp.decrypt_secret(stored, person_id=7)


@pytest.mark.parametrize("role", [Role.RESELLER, Role.BRAND])
def test_only_people_of_the_platform_set_codes_up(role: Role) -> None:
    with pytest.raises(Refusal):
        one_time_codes.begin_setup(actor=person(role), password=PASSWORD, address="10.0.0.1", now=NOW)
    assert not CodeDevice.objects.exists()


# ACCOUNT-12
def test_two_other_people_reset_and_payments_wait_for_the_cool_down() -> None:
    phone, first, second = Phone(person(Role.FINANCE)), person(Role.FINANCE), person(Role.OPS)
    her = phone.actor
    with pytest.raises(ResetOfOneself):
        code_resets.request_reset(actor=her, person_id=her.own_id, reason="丢了", now=NOW)
    with pytest.raises(NothingToReset):
        code_resets.request_reset(actor=her, person_id=first.own_id, reason="丢了", now=NOW)
    reset = code_resets.request_reset(actor=first, person_id=her.own_id, reason="手机丢了", now=NOW)
    assert code_resets.request_reset(actor=second, person_id=her.own_id, reason="一样", now=NOW).id == reset.id
    for actor, refusal in ((first, OwnReset), (her, ResetOfOneself)):
        with pytest.raises(refusal):
            code_resets.approve_reset(actor=actor, reset_id=reset.id, now=NOW)
    assert one_time_codes.get_code_status(her, at=NOW).is_set_up
    code_resets.approve_reset(actor=second, reset_id=reset.id, now=NOW)
    with pytest.raises(NoSuchReset):
        code_resets.approve_reset(actor=second, reset_id=reset.id, now=NOW)
    at = NOW + timedelta(hours=1)
    with pytest.raises(CodeNotSetUp):
        phone.use(phone.recovery_codes[0], at=at)
    again = Phone(her, now=at)
    at += 2 * STEP
    with pytest.raises(CodeNotUsableYet) as refused:
        again.use(again.code(at), at=at)
    assert refused.value.usable_from == NOW + timedelta(hours=24)
    at = NOW + timedelta(hours=24)
    again.use(again.code(at), at=at)


# ACCOUNT-12
@pytest.mark.parametrize("of", ["person", "requester"])
def test_who_gave_a_new_password_to_one_of_them_does_not_approve_the_reset(of: str) -> None:
    phone, first, ops, other = Phone(person(Role.FINANCE)), person(Role.FINANCE), person(Role.OPS), person(Role.OPS)
    her = phone.actor
    reset = code_resets.request_reset(actor=first, person_id=her.own_id, reason="丢了", now=NOW)
    issue_password_link(actor=ops, person_id=(her if of == "person" else first).own_id, now=NOW)
    with pytest.raises(ArrangedReset):
        code_resets.approve_reset(actor=ops, reset_id=reset.id, now=NOW)
    code_resets.refuse_reset(actor=other, reset_id=reset.id, now=NOW)
    if of == "person":
        with pytest.raises(ArrangedReset):
            code_resets.request_reset(actor=ops, person_id=her.own_id, reason="丢了", now=NOW)
    assert one_time_codes.get_code_status(her, at=NOW).is_set_up


# ACCOUNT-12
@pytest.mark.parametrize("by", ["third", "requester"])
def test_one_person_who_can_sign_in_as_both_does_not_reset(by: str) -> None:
    phone, first, second, ops = (
        Phone(person(Role.FINANCE)), person(Role.OPS), person(Role.FINANCE), person(Role.OPS),
    )  # fmt: skip
    reset = code_resets.request_reset(actor=first, person_id=phone.actor.own_id, reason="丢了", now=NOW)
    if by == "third":
        issue_password_link(actor=ops, person_id=first.own_id, now=NOW)
    issue_password_link(actor=ops if by == "third" else first, person_id=second.own_id, now=NOW)
    with pytest.raises(ArrangedTogether):
        code_resets.approve_reset(actor=second, reset_id=reset.id, now=NOW)
    assert one_time_codes.get_code_status(phone.actor, at=NOW).is_set_up


# ACCOUNT-9
@pytest.mark.parametrize("act", ["add", "link", "redeem", "reactivate"])
def test_a_first_device_approves_nothing_soon_after_others_could_sign_in_as_her(act: str) -> None:
    ops, her, now = person(Role.OPS), person(Role.FINANCE), NOW
    if act == "add":
        her = people.add_person(actor=ops, login="neu", name="新人", role=Role.FINANCE, password=PASSWORD, now=now)
    elif act == "reactivate":
        people.deactivate(actor=ops, person_id=her.own_id, reason="休假", now=now)
        people.reactivate(actor=ops, person_id=her.own_id, reason="回来了", now=now)
    else:
        link = issue_password_link(actor=ops, person_id=her.own_id, now=now)
        if act == "redeem":
            now += timedelta(hours=2)
            her = redeem_password_link(secret=link.secret, new=PASSWORD, now=now)
    phone = Phone(her, now=now)
    at = now + 2 * STEP
    with pytest.raises(CodeNotUsableYet) as refused:
        phone.use(phone.code(at), at=at)
    assert refused.value.usable_from == now + timedelta(hours=24)
    at = now + timedelta(hours=24)
    phone.use(phone.code(at), at=at)


# ACCOUNT-13
def test_a_payment_asks_for_a_code_and_a_top_up_does_not() -> None:
    market = Marketplace()
    second, her = market.second_finance, market.reseller()
    statement_id = settled_statement(market)
    market.money.bank_account(brand_id=market.brand_id, now=NOW)
    payment = entering.enter_payout(actor=market.finance, statement_id=statement_id, now=NOW)
    top_up = entering.enter_top_up(actor=market.finance, reseller_id=her.id, amount_fen=1_00, reference="T-1", now=NOW)
    both = [payment.id, top_up.id]
    with pytest.raises(CodeNotSetUp):
        deciding.approve(actor=second, request_ids=both, now=NOW)
    phone = Phone(second, now=NOW)
    at = NOW + 2 * STEP
    for code, refusal in (("", CodeRequired), ("000000", WrongCode), (phone.code(NOW), WrongCode)):
        with pytest.raises(refusal):
            deciding.approve(actor=second, request_ids=both, code=code, now=at)
    assert set(MoneyRequest.objects.filter(pk__in=both).values_list("state", flat=True)) == {"waiting"}
    deciding.approve(actor=second, request_ids=both, code=phone.code(at), now=at)
    assert set(MoneyRequest.objects.filter(pk__in=both).values_list("state", flat=True)) == {"approved"}
    alone = entering.enter_top_up(actor=market.finance, reseller_id=her.id, amount_fen=1_00, reference="T-2", now=at)
    deciding.approve(actor=second, request_ids=[alone.id], now=at)


# ACCOUNT-13
def test_an_act_that_is_refused_uses_up_no_code() -> None:
    market = Marketplace()
    phone = Phone(market.second_finance, now=NOW)
    statement_id = settled_statement(market)
    market.money.bank_account(brand_id=market.brand_id, now=NOW)
    payment = entering.enter_payout(actor=market.finance, statement_id=statement_id, now=NOW)
    at = NOW + 2 * STEP
    own = entering.enter_top_up(
        actor=market.second_finance, reseller_id=market.reseller().id, amount_fen=1, reference="T-1", now=at
    )
    with pytest.raises(Refusal):
        deciding.approve(actor=phone.actor, request_ids=[payment.id, own.id], code=phone.code(at), now=at)
    deciding.approve(actor=phone.actor, request_ids=[payment.id], code=phone.code(at), now=at)
