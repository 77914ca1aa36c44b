from hypothesis import given
from hypothesis import strategies as st

from web import rate_limits
from web.rate_limits import Limits, RateLimiter, Standing, rate_limit_headers

LIMITS = Limits(of_person=60, of_address=120, forms_of_address=6)
"""In ten seconds."""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def limiter(clock: Clock, limits: Limits = LIMITS, *, trusted_proxies: int = 0) -> RateLimiter:
    return RateLimiter(limits, session_cookie="sessionid", trusted_proxies=trusted_proxies, clock=clock)


def request(method: str = "GET", address: str = "192.0.2.1", **headers: str) -> dict[str, str]:
    return {"REQUEST_METHOD": method, "REMOTE_ADDR": address} | {
        f"HTTP_{name}": value for name, value in headers.items()
    }


def count(counts: RateLimiter, environ: dict[str, str]) -> list[Standing]:
    return counts.count(counts.sender_of(environ))


def accepted(counts: RateLimiter, environ: dict[str, str], times: int) -> int:
    return sum(not count(counts, environ)[-1].retry_seconds for _ in range(times))


def signed_in(counts: RateLimiter, environ: dict[str, str]) -> dict[str, str]:
    counts.note_signed_in(counts.sender_of(environ))
    return environ


def test_count_takes_the_quota_at_once_and_as_many_again_in_the_window() -> None:
    clock = Clock()
    counts = limiter(clock)
    assert accepted(counts, request(), 200) == 120
    [standing] = count(counts, request())
    assert (standing.retry_seconds, standing.remaining, standing.reset_seconds) == (1, 0, 10)
    clock.now += 2.5
    assert accepted(counts, request(), 200) == 30
    clock.now += 10
    assert accepted(counts, request(), 200) == 120


def test_a_known_person_is_counted_by_herself_whatever_her_address() -> None:
    counts = limiter(Clock())
    signed_in(counts, request(AUTHORIZATION="Bearer one"))
    answers = [count(counts, request("POST", f"192.0.2.{n}", AUTHORIZATION="Bearer one")) for n in range(70)]
    assert {each.policy.name for standings in answers for each in standings} == {"person"}
    assert sum(not standings[0].retry_seconds for standings in answers) == 60
    assert accepted(counts, signed_in(counts, request(AUTHORIZATION="Bearer two")), 1) == 1


def test_a_known_person_is_served_while_others_use_up_their_address() -> None:
    counts = limiter(Clock())
    known = signed_in(counts, request(COOKIE="language=en; sessionid=abc"))
    assert accepted(counts, request(), 200) == 120
    assert accepted(counts, known, 90) == 60
    assert counts.sender_of(known).key != counts.sender_of(request()).key


def test_a_person_is_known_for_a_while_only() -> None:
    clock = Clock()
    counts = limiter(clock)
    known = signed_in(counts, request(AUTHORIZATION="Bearer one"))
    assert count(counts, known)[0].policy.name == "person"
    clock.now += rate_limits.SECONDS_KNOWN
    assert count(counts, known)[0].policy.name == "address"


def test_who_sends_no_credential_is_never_known() -> None:
    counts = limiter(Clock())
    assert count(counts, signed_in(counts, request()))[0].policy.name == "address"


def test_a_malformed_request_counts_as_many() -> None:
    counts = limiter(Clock())
    counts.note_malformed(counts.sender_of(request("POST")))
    assert accepted(counts, request("POST"), 6) == 6
    assert accepted(counts, request(), 200) == 120 - rate_limits.MALFORMED - 6


def test_forms_of_those_who_are_not_signed_in_are_counted_by_address() -> None:
    counts = limiter(Clock())
    assert accepted(counts, request("POST"), 20) == 6
    assert accepted(counts, request("GET"), 1) == 1
    assert accepted(counts, request("POST", AUTHORIZATION="Bearer one"), 1) == 1
    assert accepted(counts, request("POST", "192.0.2.2"), 1) == 1


def test_many_forged_tokens_of_one_address_are_counted_together() -> None:
    counts = limiter(Clock())
    taken = [accepted(counts, request(AUTHORIZATION=f"Bearer {number}"), 1) for number in range(150)]
    assert sum(taken) == 120


def test_a_token_that_is_nobodys_counts_as_many_and_a_request_without_one_does_not() -> None:
    counts = limiter(Clock())
    counts.note_not_signed_in(counts.sender_of(request(AUTHORIZATION="Bearer forged")))
    counts.note_not_signed_in(counts.sender_of(request()))
    assert accepted(counts, request(), 200) == 120 - rate_limits.NOBODYS


def test_addresses_of_one_device_with_ipv6_are_one() -> None:
    counts = limiter(Clock())
    taken = [accepted(counts, request(address=f"2001:db8::{number:x}"), 1) for number in range(150)]
    assert sum(taken) == 120


def test_behind_a_proxy_the_address_that_it_noted_counts_and_not_what_the_client_wrote() -> None:
    counts = limiter(Clock(), trusted_proxies=1)
    forged = [accepted(counts, request(X_FORWARDED_FOR=f"198.51.100.{n}, 203.0.113.9"), 1) for n in range(150)]
    assert sum(forged) == 120
    assert accepted(counts, request(X_FORWARDED_FOR="203.0.113.10"), 1) == 1


def test_zero_is_no_limit() -> None:
    counts = limiter(Clock(), Limits(0, 0, 0))
    assert count(counts, request("POST")) == []
    assert rate_limit_headers([]) == []


def test_headers_are_those_of_the_draft() -> None:
    counts = limiter(Clock())
    headers = dict(rate_limit_headers(count(counts, request("POST"))))
    assert headers == {
        "RateLimit-Policy": '"address";q=120;w=10, "forms";q=6;w=10',
        "RateLimit": '"address";r=119;t=1, "forms";r=5;t=2',
    }


def test_what_is_kept_is_bounded_and_forgets_first_whose_quota_is_whole() -> None:
    clock = Clock()
    counts = limiter(clock, Limits(of_person=0, of_address=60, forms_of_address=0))
    count(counts, request(address="192.0.2.1"))
    clock.now += 2
    busy = request(address="192.0.2.2")
    assert accepted(counts, busy, 60) == 60
    for number in range(rate_limits.MAX_KEYS - 2):
        count(counts, request(address=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"))
    clock.now += 1
    assert accepted(counts, busy, 20) == 6


def test_refusals_are_noted_with_their_number_and_not_one_by_one() -> None:
    clock = Clock()
    counts = limiter(clock)
    assert [counts.note_refusal() for _ in range(4)] == [1, 0, 0, 0]
    clock.now += rate_limits.SECONDS_BETWEEN_NOTES
    assert counts.note_refusal() == 4


@given(st.lists(st.floats(min_value=0, max_value=20), max_size=200), st.integers(min_value=1, max_value=40))
def test_never_more_than_twice_the_quota_in_a_window(pauses: list[float], quota: int) -> None:
    """A whole quota at once, and as many again while it fills up."""
    clock, taken = Clock(), list[float]()
    counts = limiter(clock, Limits(of_person=0, of_address=quota, forms_of_address=0))
    for pause in pauses:
        clock.now += pause
        standings = count(counts, request())
        if not standings[0].retry_seconds:
            taken.append(clock.now)
    for begin in taken:
        assert sum(begin <= at < begin + rate_limits.WINDOW_SECONDS for at in taken) <= 2 * quota
