"""How many requests a process takes from one person, and from one address (docs/decisions/0321).

Counted in the memory of the process: to ask Redis or PostgreSQL about each request of a flood would be the flood. Each policy is a bucket
that fills up evenly (GCRA), kept as one instant for each key: when the whole quota would be there again. Knows no server.

Who is signed in is known from an earlier answer: `SIGNED_IN` in the environment of a request, which is set where a token or session is
looked up. Known people count by themselves, wherever they are; all others of a network count together, so forged tokens gain nothing.
"""

import hashlib
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kernel.refusal import TooMany
from web.client import client_network, noted_address

WINDOW_SECONDS = 10
SIGNED_IN = "weicang.signed_in"
"""In the environment of a request: its token or session is somebody's."""
SECONDS_KNOWN = 600.0
MALFORMED = 20
"""As so many requests counts one that is refused before it is read, or breaks off: each costs a connection."""
NOBODYS = 10
"""As so many requests counts one whose token is nobody's: it costs a look into the database, and nobody sends many by mistake."""
MAX_KEYS = 100_000
"""Of a process. Beyond them those are forgotten whose quota is whole again; where that is not enough, all."""
SECONDS_BETWEEN_NOTES = 10.0
ROUNDING = 1e-6


class TooManyRequests(TooMany):
    code = "request.too_many"
    zh = "请求太频繁，请稍等 {retry_after_seconds} 秒再试；没有执行这一次"
    en = "Too many requests; this one was not carried out. Try again in {retry_after_seconds} seconds"


@dataclass(frozen=True, slots=True)
class Policy:
    """`quota` requests may come at once, and as many again within `WINDOW_SECONDS`."""

    name: str
    quota: int

    def __str__(self) -> str:
        """As the field RateLimit-Policy has it (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"{self.name}";q={self.quota};w={WINDOW_SECONDS}'


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a policy for somebody after a request. `retry_seconds` is above 0 where the request is refused."""

    policy: Policy
    remaining: int
    reset_seconds: int
    retry_seconds: int

    def __str__(self) -> str:
        """As the field RateLimit has it."""
        return f'"{self.policy.name}";r={self.remaining};t={self.reset_seconds}'


@dataclass(frozen=True)
class Limits:
    """Requests in ten seconds; 0 is no limit. `of_address`: by all who are not signed in; `forms_of_address`: what they send."""

    of_person: int
    of_address: int
    forms_of_address: int


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a request: a known person, else a network. `credential` is a hash of the token or session, "" where there is none."""

    key: str
    credential: str
    policies: tuple[Policy, ...]


class RateLimiter:
    """The counts of a process. Belongs to one thread."""

    def __init__(
        self,
        limits: Limits,
        *,
        session_cookie: str,
        trusted_proxies: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._of_person = _in_force(Policy("person", limits.of_person))
        self._of_address = _in_force(Policy("address", limits.of_address))
        self._of_forms = _in_force(Policy("forms", limits.forms_of_address))
        self._session = re.compile(rf"(?:^|;\s*){re.escape(session_cookie)}=([^;]+)")
        self._trusted_proxies = trusted_proxies
        self._clock = clock
        self._whole_at: dict[tuple[str, str], float] = {}
        self._known_until: dict[str, float] = {}
        self._note_again_at = 0.0
        self._refused_since_note = 0

    def sender_of(self, environ: Mapping[str, str]) -> Sender:
        """The sender of a request, given as PEP 3333 has it."""
        found = self._session.search(environ.get("HTTP_COOKIE", ""))
        secret = environ.get("HTTP_AUTHORIZATION", "") or (found[1] if found else "")
        # Not the secret itself: what is kept here may end in a dump of the memory.
        credential = hashlib.blake2b(secret.encode(), digest_size=16).hexdigest() if secret else ""
        if self._known_until.get(credential, 0.0) > self._clock():
            return Sender(credential, credential, self._of_person)
        is_form = not secret and environ["REQUEST_METHOD"] not in ("GET", "HEAD")
        network = client_network(noted_address(environ, self._trusted_proxies))
        return Sender(network, credential, (*self._of_address, *self._of_forms) if is_form else self._of_address)

    def count(self, sender: Sender, *, requests: int = 1) -> list[Standing]:
        """Count a request; what is left for its sender, by policy. Where one refuses it, that is the last."""
        standings = []
        for policy in sender.policies:
            standings.append(self._count(policy, sender.key, requests))
            if standings[-1].retry_seconds:
                break
        return standings

    def note_malformed(self, sender: Sender) -> None:
        """A request was refused before it was read to its end. It uses up no forms: a customer whose photo was too large sends another."""
        for policy in sender.policies:
            if policy not in self._of_forms:
                self._count(policy, sender.key, MALFORMED)

    def note_signed_in(self, sender: Sender) -> None:
        """The credential of a request turned out to be somebody's."""
        if len(self._known_until) >= MAX_KEYS:
            self._known_until.clear()
        if sender.credential:
            self._known_until[sender.credential] = self._clock() + SECONDS_KNOWN

    def note_not_signed_in(self, sender: Sender) -> None:
        """The credential of a request turned out to be nobody's."""
        if sender.credential:
            self.count(sender, requests=NOBODYS)

    def note_refusal(self) -> int:
        """How many requests were refused since the last note, where it is time for one; else 0. A line for each would be a second flood."""
        self._refused_since_note += 1
        now = self._clock()
        if now < self._note_again_at:
            return 0
        refused, self._refused_since_note = self._refused_since_note, 0
        self._note_again_at = now + SECONDS_BETWEEN_NOTES
        return refused

    def _count(self, policy: Policy, key: str, requests: int) -> Standing:
        now = self._clock()
        if len(self._whole_at) >= MAX_KEYS:
            self._forget(now)
        step = WINDOW_SECONDS / policy.quota
        whole_at = max(self._whole_at.get((policy.name, key), now), now)
        too_early = whole_at + step - now - WINDOW_SECONDS
        if too_early > ROUNDING:
            return Standing(policy, 0, math.ceil(whole_at - now), max(1, math.ceil(too_early)))
        whole_at = min(whole_at + requests * step, now + WINDOW_SECONDS)
        self._whole_at[policy.name, key] = whole_at
        return Standing(
            policy, int((WINDOW_SECONDS - (whole_at - now)) / step + ROUNDING), math.ceil(whole_at - now), 0
        )

    def _forget(self, now: float) -> None:
        self._whole_at = {key: at for key, at in self._whole_at.items() if at > now}
        if len(self._whole_at) >= MAX_KEYS:
            self._whole_at.clear()


def _in_force(policy: Policy) -> tuple[Policy, ...]:
    return (policy,) if policy.quota else ()


def rate_limit_headers(standings: Sequence[Standing]) -> list[tuple[str, str]]:
    """The fields RateLimit-Policy and RateLimit, which tell a program its limits before it reaches them."""
    if not standings:
        return []
    return [
        ("RateLimit-Policy", ", ".join(str(each.policy) for each in standings)),
        ("RateLimit", ", ".join(map(str, standings))),
    ]
