"""The port of the channels: a message, whoever sends it, and the senders that the settings configure (NOTICE-8)."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Protocol, Self

from django.conf import settings

from events.selectors import sentences_of
from notices.rules import Channel, Outcome, Topic
from notices.services.mail import MailSender
from notices.services.message import Message, code_message, topic_words
from notices.services.sending import Claim
from notices.services.sms import SmsAccount, SmsSender
from notices.services.wechat_messages import WeChatSender
from wechat.services.account import is_wechat_on

MAX_SENTENCES = 5
"""Events that a message tells of in words; of the others it says how many there are."""


class Sender(Protocol):
    """Sends one message and says what became of it. It raises nothing because of an answer, and logs no address and no text."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def send(self, message: Message) -> Outcome: ...


def is_on(channel: Channel) -> bool:
    """Whether this installation has the channel."""
    match channel:
        case Channel.MAIL:
            return bool(settings.MAIL_URL)
        case Channel.SMS:
            return bool(settings.SMS_KEY_ID)
        case Channel.WECHAT:
            return is_wechat_on() and bool(settings.WECHAT_NOTICE_TEMPLATE)


def channels_on() -> tuple[Channel, ...]:
    return tuple(channel for channel in Channel if is_on(channel))


def sender_of(channel: Channel) -> Sender:
    """The sender of a channel that is on."""
    match channel:
        case Channel.MAIL:
            return MailSender(settings.MAIL_URL, sender=settings.MAIL_FROM)
        case Channel.SMS:
            return SmsSender(
                SmsAccount(
                    url=settings.SMS_URL,
                    key_id=settings.SMS_KEY_ID,
                    key_secret=settings.SMS_KEY_SECRET,
                    sign_name=settings.SMS_SIGN_NAME,
                    notice_template=settings.SMS_NOTICE_TEMPLATE,
                    code_template=settings.SMS_CODE_TEMPLATE,
                )
            )
        case Channel.WECHAT:
            return WeChatSender(
                template=settings.WECHAT_NOTICE_TEMPLATE, is_subscription=settings.WECHAT_NOTICE_IS_SUBSCRIPTION
            )


@dataclass
class Senders:
    """The senders of one run: each is made for its first message and keeps its connection. Use it in a `with` block."""

    _stack: ExitStack = field(default_factory=ExitStack)
    _open: dict[Channel, Sender] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def send(self, claim: Claim) -> Outcome:
        if claim.channel not in self._open:
            self._open[claim.channel] = self._stack.enter_context(sender_of(claim.channel))
        return self._open[claim.channel].send(message_of(claim))


def message_of(claim: Claim) -> Message:
    """The message of a claim, made from its events in the language of the person."""
    said = sentences_of(claim.event_ids)
    return notice_message(
        topic=claim.topic,
        sentences=[said[event_id] for event_id in claim.event_ids if event_id in said],
        language=claim.language,
        address=claim.address,
        client_id=claim.client_id,
    )


def notice_message(
    *, topic: Topic, sentences: Sequence[tuple[str, str]], language: str, address: str, client_id: str
) -> Message:
    is_english = language == "en"
    lines = [pair[1 if is_english else 0] for pair in sentences[:MAX_SENTENCES]]
    more = len(sentences) - len(lines)
    if more > 0:
        lines.append(f"and {more} more" if is_english else f"还有 {more} 条")
    return Message(
        address=address,
        client_id=client_id,
        title=topic_words(topic, language),
        lines=tuple(lines),
        count=len(sentences),
        link=settings.SITE_URL.rstrip("/") + "/" if settings.SITE_URL else "",
        language=language,
    )


def send_code(channel: Channel, *, address: str, code: str, client_id: str, language: str) -> Outcome:
    """Send the code that verifies an address, at once."""
    with sender_of(channel) as sender:
        return sender.send(code_message(address=address, code=code, client_id=client_id, language=language))
