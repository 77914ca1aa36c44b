"""Template and subscription messages of the official account. WeChat drops a template message with a `client_msg_id` that it has seen."""

from datetime import UTC
from typing import Self

from kernel import clock
from kernel.period import SHANGHAI
from notices.rules import Outcome, OutcomeKind
from notices.services.message import Message
from web.outbound import NoAnswer, NotSent
from wechat.services.account import access_token, client, forget_access_token
from wechat.services.client import TOKEN_ERRORS, WeChatClient, WeChatRefused

MAX_THING = 20
"""Characters of a field of the kind `thing`."""
_BAD_OPENID = frozenset({40003, 43004, 43101, 43116})
"""No such openid; does not follow the account; refused messages."""
_BUSY = frozenset({-1, 45009, 45011, 50002})
"""System busy; the quota of the day or the rate is used up; the user's account is limited."""
_ACCOUNT = frozenset({40013, 40125, 40164, 41001, 48001, *TOKEN_ERRORS})


class WeChatSender:
    """Sends messages with the template `template`, whose fields are `thing1` (topic), `thing2` (what) and `time3`.

    `is_subscription`: by `message/subscribe/bizsend`, to those who subscribed to the template; else by `message/template/send`.
    """

    def __init__(self, *, template: str, is_subscription: bool) -> None:
        self._template, self._is_subscription = template, is_subscription
        self._wechat: WeChatClient = client()

    def __enter__(self) -> Self:
        self._wechat.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._wechat.__exit__()

    def send(self, message: Message) -> Outcome:
        try:
            token = access_token(self._wechat)
        except WeChatRefused as refused:
            return Outcome(OutcomeKind.ACCOUNT, str(refused.code))
        except NoAnswer as why:
            return Outcome(OutcomeKind.LATER, str(why))
        try:
            return self._sent(message, token)
        except WeChatRefused as refused:
            if refused.code in TOKEN_ERRORS:
                # The next attempt fetches a token.
                forget_access_token()
                return Outcome(OutcomeKind.LATER, str(refused.code))
            return Outcome(_kind(refused.code), str(refused.code))
        except NotSent as why:
            return Outcome(OutcomeKind.LATER, str(why))
        except NoAnswer as why:
            return Outcome(OutcomeKind.LOST, str(why))

    def _sent(self, message: Message, token: str) -> Outcome:
        if self._is_subscription:
            self._wechat.send_subscription_message(
                token, openid=message.address, template=self._template, fields=_fields(message), page=message.link
            )
            return Outcome(OutcomeKind.SENT, "0")
        message_id = self._wechat.send_template_message(
            token,
            openid=message.address,
            template=self._template,
            fields=_fields(message),
            url=message.link,
            client_id=message.client_id,
        )
        return Outcome(OutcomeKind.SENT, "0", message_id)


def _fields(message: Message) -> dict[str, str]:
    what = message.lines[0] if message.count == 1 else f"{message.count} 条：{message.lines[0]}"
    local = clock.now().replace(tzinfo=UTC).astimezone(SHANGHAI)
    return {"thing1": message.title[:MAX_THING], "thing2": _cut(what), "time3": f"{local:%Y-%m-%d %H:%M}"}


def _cut(text: str) -> str:
    return text if len(text) <= MAX_THING else f"{text[: MAX_THING - 1]}…"


def _kind(code: int) -> OutcomeKind:
    if code in _BAD_OPENID:
        return OutcomeKind.BAD_ADDRESS
    if code in _BUSY:
        return OutcomeKind.LATER
    return OutcomeKind.ACCOUNT if code in _ACCOUNT else OutcomeKind.REFUSED
