"""Who may send more than a form, decided before the body is read (docs/decisions/0319)."""

from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory

from accounts.models import Person
from accounts.rules import SignInFirst
from aftersales.rules import MAX_REPORT_PHOTOS
from config.upload_authentication import CustomerBodies, TooManyUploads, admit
from forwarding.selectors.wishes import NoSuchWishPage
from forwarding.services.fault_reports import NoSuchWishLine
from kernel import clock
from shop.pages.wish_faults import PhotosTooLarge
from tests.builders import NOW
from tests.forwarding.test_fault_reports import ShippedWish
from tests.own_cache import clear_own_cache
from web.request_bodies import FormTooLong, TooManyBodies

pytestmark = pytest.mark.django_db
LARGE = 3 * 1024 * 1024


@pytest.fixture(autouse=True)
def _counts_begin_anew() -> None:
    clear_own_cache()


def send(path: str, length: int = LARGE, **more: Any) -> None:
    """Ask for one body, and end it."""
    environ = RequestFactory().post(path).environ | {"CONTENT_LENGTH": str(length)} | more
    with clock.set_to(NOW):
        admit(WSGIRequest(environ))()


def test_photos_of_a_report_are_taken_of_a_customer() -> None:
    send(ShippedWish().address)


def test_a_page_that_no_wish_has_is_refused_in_its_own_words() -> None:
    wish = ShippedWish()
    with pytest.raises(NoSuchWishPage):
        send("/f/w/unknown/lines/1/fault/")
    with pytest.raises(NoSuchWishLine):
        send(f"/f/w/{wish.token}/lines/{wish.line_id + 1}/fault/")
    Person.objects.filter(pk=wish.shop.daigou.actor.own_id).update(is_active=False)
    with pytest.raises(NoSuchWishPage):
        send(wish.address)


def test_photos_beyond_the_limits_of_the_form_are_refused() -> None:
    wish = ShippedWish()
    largest = MAX_REPORT_PHOTOS * settings.MAX_PHOTO_BYTES + 64 * 1024
    send(wish.address, largest)
    with pytest.raises(PhotosTooLarge) as refusal:
        send(wish.address, largest + 1)
    assert refusal.value.status == 413


@pytest.mark.parametrize("path", ["/f/abc/", "/s/abc/", "/f/w/abc/", "/sign-in/"])
def test_any_other_public_form_is_too_long(path: str) -> None:
    with pytest.raises(FormTooLong) as refusal:
        send(path)
    assert (refusal.value.status, refusal.value.max_kb) == (413, 64)


@pytest.mark.parametrize("path", ["/shop/storefront/picture/", "/api/v1/photos", "/nowhere/"])
def test_an_address_of_people_who_are_signed_in_asks_to_sign_in(path: str) -> None:
    with pytest.raises(SignInFirst):
        send(path)


def test_who_is_signed_in_is_not_counted() -> None:
    client = Client()
    client.force_login(Person.objects.get(pk=ShippedWish().shop.daigou.actor.own_id))
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    for _ in range(61):
        send("/shop/storefront/picture/", HTTP_COOKIE=cookie)


def test_guesses_and_reports_of_a_network_are_limited_by_the_hour() -> None:
    wish = ShippedWish()
    for _ in range(60):
        with pytest.raises(NoSuchWishPage):
            send("/f/w/guess/lines/1/fault/")
    with pytest.raises(TooManyUploads) as refusal:
        send(wish.address)
    assert refusal.value.headers() == {"Retry-After": "3600"}
    send(wish.address, REMOTE_ADDR="203.0.113.9")


def test_reports_of_a_page_are_limited_by_the_hour_for_all_networks() -> None:
    wish = ShippedWish()
    for number in range(20):
        send(wish.address, REMOTE_ADDR=f"203.0.113.{number}")
    with pytest.raises(TooManyUploads):
        send(wish.address.replace(f"/{wish.line_id}/", f"/0{wish.line_id}/"), REMOTE_ADDR="203.0.113.99")


def test_bodies_in_progress_are_limited_by_page_network_and_process() -> None:
    bodies = CustomerBodies()
    ends = [bodies.enter("a", "1"), bodies.enter("a", "1")]
    with pytest.raises(TooManyBodies):
        bodies.enter("b", "1")
    ends += [bodies.enter("a", "2"), bodies.enter("a", "3")]
    with pytest.raises(TooManyBodies):
        bodies.enter("a", "4")
    ends += [bodies.enter(f"n{number}", f"p{number}") for number in range(4)]
    with pytest.raises(TooManyBodies):
        bodies.enter("z", "9")
    for end in ends:
        end()
    assert [bodies.enter("a", "1")() for _ in range(9)] == [None] * 9
