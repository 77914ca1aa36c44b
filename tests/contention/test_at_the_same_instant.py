"""What is not grabbed is also done once, or counted each time, when many do it at the same instant."""

import pytest

from accounts.models import Person
from accounts.rules import Role
from accounts.verbs import MISSES_ALLOWED, TooManyMisses, WrongSignIn, verify_sign_in
from orders import verbs
from tests.builders import NOW, House, person
from tests.contention.hands import HANDS, all_at_once

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.contention]


def test_a_recipient_entered_many_times_at_once_is_one() -> None:
    daigou = House().reseller()

    def enter() -> int:
        return verbs.add_recipient(
            actor=daigou.actor, name="王小美", phone="13912345678", address="杭州市西湖区文三路 1 号", now=NOW
        ).id

    assert set(all_at_once([enter] * HANDS)) == {enter()}


def test_passwords_guessed_at_the_same_instant_are_counted_each() -> None:
    person(Role.OPS)
    login = Person.objects.get(role=Role.OPS.value).login
    answers = all_at_once([lambda: verify_sign_in(login=login, password="wrong-one")] * (2 * MISSES_ALLOWED))
    assert sum(isinstance(answer, WrongSignIn) for answer in answers) == MISSES_ALLOWED
    assert sum(isinstance(answer, TooManyMisses) for answer in answers) == MISSES_ALLOWED
