"""Signing in with login and password (ACCOUNT-1, 2)."""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Person
from accounts.rules import login_as_typed, normalized_login
from accounts.services.attempts import Limit, by_address, by_login, count_attempt, reset_counter, uncount_attempt
from accounts.services.hashing import TooManyHashes, is_password_of, limiter
from kernel.refusal import Forbidden, Unauthenticated

WINDOW = timedelta(minutes=15)
log = logging.getLogger("weicang.sign_in")


class WrongSignIn(Unauthenticated):
    code = "accounts.wrong_sign_in"
    zh = "登录名或密码不对"
    en = "The sign-in name or the password is wrong"


class WrongPassword(WrongSignIn):
    """Wrong password of a person who is signed in and must give her password again."""

    code = "accounts.wrong_password"
    zh = "现在的密码不对"
    en = "The present password is wrong"


class Deactivated(Forbidden):
    code = "accounts.deactivated"
    zh = "此账号已停用，请联系平台运营"
    en = "This account is deactivated; ask the platform's operations team"


def verify_sign_in(*, login: str, password: str, address: str, now: datetime) -> Person:
    """The active person with this login and password. `address` is where the request comes from.

    Refuses with WrongSignIn, the same for unknown logins; with TooManyAttempts after too many wrong passwords for this login from this
    address, or from this address for any logins; with TooManyHashes; and with Deactivated a deactivated person who knows her password.
    """
    # The limiter comes first: a caller that it refuses costs the database nothing.
    with limiter().admit():
        person = _check(_find_person(login), login=login, password=password, address=address, now=now)
    if not person.is_active:
        raise Deactivated
    return person


def _find_person(login: str) -> Person | None:
    """The person with this login. A login that is stored as it is typed here comes before the digits of a mobile number."""
    typed, normalized = login_as_typed(login), normalized_login(login)
    people = {person.login: person for person in Person.objects.filter(login__in={typed, normalized})}
    return people.get(typed) or people.get(normalized)


def check_own_password(person: Person, *, password: str, address: str, now: datetime) -> None:
    """Check the password of a person who is signed in. Refuses, and counts the attempt, as `verify_sign_in` does."""
    try:
        with limiter().admit():
            _check(person, login=person.login, password=password, address=address, now=now)
    except WrongSignIn as cause:
        raise WrongPassword from cause


def _check(person: Person | None, *, login: str, password: str, address: str, now: datetime) -> Person:
    of_login = by_login(Limit("sign-in", settings.SIGN_IN_ATTEMPTS, WINDOW), normalized_login(login), address)
    of_address = by_address(Limit("sign-in of address", settings.SIGN_IN_ATTEMPTS_OF_ADDRESS, WINDOW), address)
    count_attempt([of_login, of_address], now=now)
    try:
        is_right = is_password_of(person, password)
    except TooManyHashes:
        uncount_attempt([of_login, of_address])
        raise
    if not is_right or person is None:
        log.warning("wrong password", extra={"address": address})
        raise WrongSignIn
    reset_counter(of_login)
    uncount_attempt([of_address])
    return person
