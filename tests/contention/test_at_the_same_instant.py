"""What is not grabbed is also done once, or counted each time, when many do it at the same instant."""

import functools
import io
import threading

import pytest
from django.db import transaction
from pytest_django import Settings

from accounts.models import ApiToken, AttemptCount, AuditEntry, Person
from accounts.rules import Actor, Role
from accounts.services import passwords, people, sign_in, tokens
from accounts.services.attempts import TooManyAttempts
from accounts.services.sign_in import WrongSignIn, verify_sign_in
from aftersales.models.enquiries import Enquiry
from aftersales.models.photos import Photo
from aftersales.services import enquiries
from aftersales.services.photos import PhotoQuotaReached, add_photos
from forwarding.models import Forward
from forwarding.services import forwards, prices
from inventory.models import Sku
from orders.models.recipients import Recipient
from orders.services import recipients
from tests.aftersales.test_photos import jpeg
from tests.builders import NOW, Marketplace, person
from tests.contention.concurrency import THREADS, run_concurrently

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def test_a_recipient_entered_many_times_at_once_is_one() -> None:
    daigou = Marketplace().reseller()

    def enter() -> int:
        return recipients.add_recipient(
            actor=daigou.actor, name="王小美", phone="13912345678", address="杭州市西湖区文三路 1 号", now=NOW
        ).id

    assert set(run_concurrently([enter] * THREADS)) == {enter()}


def test_passwords_guessed_at_the_same_instant_are_counted_each(settings: Settings) -> None:
    settings.SIGN_IN_ATTEMPTS, settings.CONCURRENT_HASHES = 5, 2 * THREADS
    person(Role.OPS)
    login = Person.objects.get(role=Role.OPS.value).login

    def guess() -> object:
        return verify_sign_in(login=login, password="wrong-one", address="203.0.113.7", now=NOW)

    answers = run_concurrently([guess] * THREADS)
    assert sum(isinstance(answer, WrongSignIn) for answer in answers) == 5
    assert sum(isinstance(answer, TooManyAttempts) for answer in answers) == THREADS - 5
    assert sorted(AttemptCount.objects.values_list("attempts", flat=True)) == [5, 5]


def shut_out_without_a_guard(who: Actor, gate: threading.Barrier) -> int:
    """What a careless service does: count the others, think, write. The gate stands between, where the scheduler would strike by chance."""
    with transaction.atomic():
        others = Person.objects.filter(role=Role.OPS.value, is_active=True).exclude(pk=who.own_id).count()
        gate.wait(timeout=20)
        return Person.objects.filter(pk=who.own_id).update(is_active=False) if others else 0


def test_control_without_the_guard_two_ops_deactivate_each_other() -> None:
    pair = [person(Role.OPS), person(Role.OPS)]
    gate = threading.Barrier(2)
    assert run_concurrently([functools.partial(shut_out_without_a_guard, each, gate) for each in pair]) == [1, 1]
    assert not Person.objects.filter(role=Role.OPS.value, is_active=True).exists()


def test_two_ops_who_deactivate_each_other_at_once_leave_one_active() -> None:
    for _ in range(5):
        one, other = person(Role.OPS), person(Role.OPS)
        Person.objects.exclude(pk__in=[one.own_id, other.own_id]).update(is_active=False)
        answers = run_concurrently(
            [
                functools.partial(people.deactivate, actor=actor, person_id=who.own_id, reason="违规", now=NOW)
                for actor, who in ((one, other), (other, one))
            ]
        )
        assert sum(isinstance(answer, sign_in.Deactivated | people.LastOps) for answer in answers) == 1
        assert Person.objects.filter(role=Role.OPS.value, is_active=True).count() == 1
    assert AuditEntry.objects.filter(action="accounts.deactivate").count() == 5


def test_a_one_time_link_used_many_times_at_once_sets_one_password(settings: Settings) -> None:
    settings.CONCURRENT_HASHES = THREADS
    ops, who = person(Role.OPS), person(Role.RESELLER)
    link = passwords.issue_password_link(actor=ops, person_id=who.own_id, now=NOW)
    answers = run_concurrently(
        [
            functools.partial(passwords.redeem_password_link, secret=link.secret, new=f"password-no-{number}", now=NOW)
            for number in range(THREADS)
        ]
    )
    [winner] = [number for number, answer in enumerate(answers) if answer == who]
    assert sum(isinstance(answer, passwords.InvalidLink) for answer in answers) == THREADS - 1
    assert Person.objects.get(pk=who.own_id).check_password(f"password-no-{winner}")
    assert Person.objects.get(pk=who.own_id).session_version == 1


def test_the_limit_of_tokens_holds_over_sign_ins_at_the_same_instant(settings: Settings) -> None:
    settings.MAX_TOKENS = 3
    who = person(Role.RESELLER)
    answers = run_concurrently([lambda: tokens.issue_token(actor=who, label="till", now=NOW)] * THREADS)
    assert sum(isinstance(answer, tokens.TooManyTokens) for answer in answers) == THREADS - 3
    assert ApiToken.objects.count() == 3


def test_the_limit_of_forwards_holds_over_taps_at_the_same_instant(settings: Settings) -> None:
    settings.MAX_FORWARDS = 2
    market = Marketplace()
    skus = [market.sku() for _ in range(6)]
    sale_id = market.sale(*skus)
    styles = list(Sku.objects.filter(pk__in=skus).values_list("style_id", flat=True))
    daigou = market.reseller()
    for style_id in styles:
        prices.set_retail_price(actor=daigou.actor, sale_id=sale_id, style_id=style_id, price_fen=199_00, now=NOW)
    answers = run_concurrently(
        [
            functools.partial(forwards.create_forward, actor=daigou.actor, sale_id=sale_id, style_id=style_id, now=NOW)
            for style_id in styles
        ]
    )
    assert sum(isinstance(answer, forwards.TooManyForwards) for answer in answers) == 4
    assert Forward.objects.count() == 2


def test_the_limit_of_recipients_holds_over_requests_at_the_same_instant(settings: Settings) -> None:
    settings.MAX_RECIPIENTS = 4
    daigou = Marketplace().reseller()  # who has one

    def enter(number: int) -> object:
        return recipients.add_recipient(
            actor=daigou.actor,
            name=f"顾客{number}",
            phone="13912345678",
            address="浙江省杭州市西湖区文三路 1 号",
            now=NOW,
        )

    answers = run_concurrently([functools.partial(enter, number) for number in range(THREADS)])
    assert sum(isinstance(answer, recipients.TooManyRecipients) for answer in answers) == THREADS - 3
    assert Recipient.objects.count() == 4


def test_the_limit_of_open_enquiries_holds_over_requests_at_the_same_instant(settings: Settings) -> None:
    """AFTER-14."""
    settings.MAX_OPEN_ENQUIRIES = 3
    hers = Marketplace().reseller().actor
    answers = run_concurrently(
        [
            functools.partial(enquiries.open_enquiry, actor=hers, text="在吗", key=f"ask-{number}", now=NOW)
            for number in range(THREADS)
        ]
    )
    assert sum(isinstance(answer, enquiries.TooManyEnquiries) for answer in answers) == THREADS - 3
    assert Enquiry.objects.count() == 3


def test_the_limit_of_photos_holds_over_requests_at_the_same_instant(settings: Settings) -> None:
    settings.MAX_PHOTOS_PER_DAY = 2
    hers = Marketplace().reseller().actor
    answers = run_concurrently(
        [functools.partial(add_photos, actor=hers, files=[io.BytesIO(jpeg())], now=NOW) for _ in range(4)]
    )
    assert sum(isinstance(answer, PhotoQuotaReached) for answer in answers) == 2
    assert Photo.objects.count() == 2
