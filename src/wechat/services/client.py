"""The HTTP client of the WeChat official account platform. It keeps nothing and logs neither what it sends nor what comes back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from web.outbound import NoAnswer, OutboundClient

TOKEN_PATH = "/cgi-bin/stable_token"  # noqa: S105 - an address
TICKET_PATH = "/cgi-bin/ticket/getticket"
TEMPLATE_PATH = "/cgi-bin/message/template/send"
SUBSCRIPTION_PATH = "/cgi-bin/message/subscribe/bizsend"
OPENID_PATH = "/sns/oauth2/access_token"
TOKEN_ERRORS = frozenset({40001, 40014, 42001})
"""WeChat's codes for an access token that it no longer takes."""


class WeChatRefused(Exception):
    """WeChat answered with an error; `code` is its `errcode`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"WeChat refused with {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Grant:
    """A token or ticket, and for how many seconds WeChat takes it."""

    value: str
    seconds: int


class WeChatClient(OutboundClient):
    """Asks WeChat for one official account. Every question raises NoAnswer or WeChatRefused where it has no answer."""

    def __init__(self, *, url: str, app_id: str, secret: str) -> None:
        super().__init__(url)
        self._app_id, self._secret = app_id, secret

    def access_token(self) -> Grant:
        """The access token of the account. Two processes that ask at the same time get the same one, and neither ends the other's."""
        document = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        return _grant(self._ask("POST", TOKEN_PATH, document=document), "access_token")

    def ticket(self, access_token: str) -> Grant:
        """The ticket with which pages are signed."""
        query = {"access_token": access_token, "type": "jsapi"}
        return _grant(self._ask("GET", TICKET_PATH, query=query), "ticket")

    def send_template_message(
        self, access_token: str, *, openid: str, template: str, fields: Mapping[str, str], url: str, client_id: str
    ) -> str:
        """Send a template message; gives WeChat's id. Within ten minutes WeChat sends one of those with the same `client_id`."""
        document = {
            "touser": openid,
            "template_id": template,
            "url": url,
            "client_msg_id": client_id,
            "data": {name: {"value": value} for name, value in fields.items()},
        }
        answer = self._ask("POST", TEMPLATE_PATH, query={"access_token": access_token}, document=document)
        return str(answer.get("msgid", ""))

    def send_subscription_message(
        self, access_token: str, *, openid: str, template: str, fields: Mapping[str, str], page: str
    ) -> None:
        """Send a message to somebody who subscribed to its template."""
        document = {
            "touser": openid,
            "template_id": template,
            "page": page,
            "data": {name: {"value": value} for name, value in fields.items()},
        }
        self._ask("POST", SUBSCRIPTION_PATH, query={"access_token": access_token}, document=document)

    def openid_of(self, code: str) -> str:
        """The openid of whoever came back from WeChat's authorisation page with `code`, which works once."""
        query = {"appid": self._app_id, "secret": self._secret, "code": code, "grant_type": "authorization_code"}
        openid = self._ask("GET", OPENID_PATH, query=query).get("openid")
        if not isinstance(openid, str) or not openid:
            raise NoAnswer("unreadable")
        return openid

    def _ask(self, method: str, path: str, **sent: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = json.loads(self.request(method, path, **sent))
        except (ValueError, RecursionError) as error:
            raise NoAnswer("unreadable") from error
        if not isinstance(answer, dict):
            raise NoAnswer("unreadable")
        code = answer.get("errcode", 0)
        if code != 0:
            raise WeChatRefused(code if isinstance(code, int) else -1)
        return answer


def _grant(answer: Mapping[str, Any], name: str) -> Grant:
    value, seconds = answer.get(name), answer.get("expires_in")
    if not isinstance(value, str) or not value or not isinstance(seconds, int) or seconds <= 0:
        raise NoAnswer("unreadable")
    return Grant(value, seconds)
