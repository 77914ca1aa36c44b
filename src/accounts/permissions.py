"""Permission checks: an endpoint or page names the roles that may call it. A test refuses every route without a check."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from accounts.rules import Actor, Role, require_roles
from accounts.selectors import actor_of, find_actor_by_token
from kernel import clock
from web.client import return_url
from web.rate_limits import SIGNED_IN

View = Callable[..., HttpResponseBase]


class ActorRequest(HttpRequest):
    """A request whose sender has passed a permission check."""

    auth: Actor
    actor: Actor
    known_parameters: frozenset[str]


class RoleAuth(AuthBase):
    """The permission check of an endpoint: a bearer token, or the session of a signed-in person (then with CSRF check)."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_name = "token"

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)
        super().__init__()

    def __call__(self, request: HttpRequest) -> Actor | None:
        actor = _actor_of_request(request)
        if actor is not None:
            request.META[SIGNED_IN] = True
            require_roles(actor, *self.roles)
        return actor


@dataclass(frozen=True, slots=True)
class UncheckedToken:
    """A bearer token that nobody has looked up yet."""

    token: str


class LateRoleAuth(RoleAuth):
    """As `RoleAuth`, but `request.auth` of a request with a bearer token is the unchecked token.

    For an endpoint whose service looks the token up together with those of other requests, and refuses one that is not valid.
    """

    def __call__(self, request: HttpRequest) -> Actor | UncheckedToken | None:  # type: ignore[override]
        token = bearer_token(request)
        return UncheckedToken(token) if token else super().__call__(request)


class SenderRequest(HttpRequest):
    """A request that has passed `LateRoleAuth`."""

    auth: Actor | UncheckedToken


def role_required(*roles: Role) -> Callable[[View], View]:
    """The permission check of a page: anonymous visitors are redirected to sign in, other roles are refused."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            actor = actor_of(request.user)
            request.META[SIGNED_IN] = True
            require_roles(actor, *roles)
            cast("ActorRequest", request).actor = actor
            return view(request, *args, **kwargs)

        checked.roles = frozenset(roles)  # type: ignore[attr-defined]  # read by the route table
        return checked

    return decorate


def note_actor(request: HttpRequest) -> None:
    """Set the actor on a request that matches no page: the answer 404 is rendered in her own layout."""
    if request.user.is_authenticated:
        actor_request = cast("ActorRequest", request)
        actor_request.actor, actor_request.known_parameters = actor_of(request.user), frozenset(request.GET)


def public_page(view: View) -> View:
    """Declare that anybody may open this page."""
    view.roles = None  # type: ignore[attr-defined]  # read by the route table
    return view


def bearer_token(request: HttpRequest) -> str:
    """The API token that a request carries, "" where it carries none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def renew_session(request: HttpRequest) -> None:
    """Keep the session of this request valid after all sessions of its person were ended."""
    if request.user.is_authenticated:
        request.user.refresh_from_db()
        update_session_auth_hash(request, request.user)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    is_fragment = bool(request.headers.get("HX-Request"))
    # After signing in she is redirected with GET: the address of a form or a fragment would show nothing.
    is_whole_page = request.method == "GET" and not is_fragment
    if request.method != "GET":
        messages.warning(request, _("登录已过期，刚才的操作没有完成；登录后请再做一次"))
    sign_in = redirect_to_login(request.get_full_path() if is_whole_page else return_url(request))
    if is_fragment:
        # htmx would swap the sign-in page into the middle of the old one.
        return HttpResponse(headers={"HX-Redirect": sign_in["Location"]})
    return sign_in


def _actor_of_request(request: HttpRequest) -> Actor | None:
    if request.headers.get("Authorization", "").lower().startswith("bearer"):
        return find_actor_by_token(bearer_token(request), at=clock.now())
    if request.user.is_authenticated and check_csrf(request) is None:
        return actor_of(request.user)
    return None
