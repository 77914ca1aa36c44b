"""Where channels reach a person: entered and verified by a code, or bound through WeChat; removed by her (NOTICE-3, NOTICE-9)."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.rules import SIGN_IN_ROLES, Actor, require_roles
from accounts.services.attempts import Counter, Limit, count_attempt
from accounts.services.audit import record
from kernel.refusal import Busy, Conflict, Invalid, Missing
from notices.models import Address, DeliveryChoice, Notice, Preference
from notices.rules import CODE_LIFE, MAX_CODE_ATTEMPTS, Channel, Choices, OutcomeKind
from notices.selectors.own import choices_of
from notices.services.channels import is_on, send_code
from web.outbound import NoAnswer
from wechat.services.account import client
from wechat.services.client import WeChatRefused

CODES_OF_PERSON = Limit("notices.codes_of_person", 6, timedelta(hours=1))
CODES_TO_ADDRESS = Limit("notices.codes_to_address", 3, timedelta(hours=1))
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
MAX_MAIL = 254


class ChannelNotOffered(Missing):
    code = "notices.channel_not_offered"
    zh = "本平台没有开通这个通知渠道"
    en = "This service does not offer this channel"


class AddressInvalid(Invalid):
    code = "notices.address_invalid"
    zh = "请填写中国大陆手机号或邮箱地址"
    en = "Give a mobile number of mainland China or a mail address"


class AddressUnreachable(Invalid):
    code = "notices.address_unreachable"
    zh = "验证码发不到这个地址，请核对"
    en = "The code cannot be sent to this address; check it"


class CodeNotSent(Busy):
    code = "notices.code_not_sent"
    zh = "验证码暂时发不出去，请稍后再试"
    en = "The code cannot be sent at the moment; try again later"


class CodeWrong(Invalid):
    code = "notices.code_wrong"
    zh = "验证码不对，还可以试 {attempts_left} 次"
    en = "The code is wrong; {attempts_left} attempts are left"
    attempts_left: int


class CodeOver(Conflict):
    code = "notices.code_over"
    zh = "验证码已失效，请重新获取"
    en = "The code is no longer valid; ask for a new one"


class NotBound(Busy):
    code = "notices.not_bound"
    zh = "微信没有确认，请再试一次"
    en = "WeChat did not confirm; try again"


def enter_address(*, actor: Actor, channel: Channel, value: str, now: datetime) -> None:
    """Enter a mobile number or a mail address and send a code to it; it replaces the one before. It is used once the code was entered.

    Refuses what is neither, channels that are not offered, more than a few codes an hour to one address or by one person, and an address
    to which the code could not be sent.
    """
    require_roles(actor, *SIGN_IN_ROLES)
    if channel is Channel.WECHAT or not is_on(channel):
        raise ChannelNotOffered
    value = normalized_address(channel, value)
    count_attempt([Counter(CODES_OF_PERSON, str(actor.own_id)), Counter(CODES_TO_ADDRESS, value)], now=now)
    code = f"{secrets.randbelow(1_000_000):06d}"
    language = choices_of([actor.own_id]).get(actor.own_id, Choices()).language
    outcome = send_code(channel, address=value, code=code, client_id=f"code-{secrets.token_hex(8)}", language=language)
    if outcome.kind in (OutcomeKind.BAD_ADDRESS, OutcomeKind.REFUSED):
        raise AddressUnreachable
    if outcome.kind not in (OutcomeKind.SENT, OutcomeKind.LOST):
        raise CodeNotSent
    with transaction.atomic():
        Address.objects.update_or_create(
            person_id=actor.own_id,
            channel=channel.value,
            defaults={
                "value": value,
                "added_at": now,
                "verified_at": None,
                "off_at": None,
                "off_code": "",
                "refusals": 0,
                "code_digest": _digest(actor.own_id, code),
                "code_expires_at": now + CODE_LIFE,
                "code_attempts": 0,
            },
        )
        _record(actor, "enter_address", channel, now)


def verify_address(*, actor: Actor, channel: Channel, code: str, now: datetime) -> None:
    """Verify an address by the code that was sent to it. Refuses a wrong code, and after some of them, or in time, any code."""
    require_roles(actor, *SIGN_IN_ROLES)
    with transaction.atomic():
        rows = Address.objects.select_for_update().filter(person=actor.own_id, channel=channel.value)
        row = rows.filter(verified_at=None).first()
        is_over = row is None or row.code_expires_at is None or now >= row.code_expires_at
        if row is None or is_over or row.code_attempts >= MAX_CODE_ATTEMPTS:
            raise CodeOver
        is_right = hmac.compare_digest(row.code_digest, _digest(actor.own_id, code.strip()))
        row.code_attempts += 1
        if is_right:
            row.verified_at, row.code_digest, row.code_expires_at = now, "", None
            _record(actor, "verify_address", channel, now)
        row.save(update_fields=["code_attempts", "verified_at", "code_digest", "code_expires_at"])
    if not is_right:
        # The attempt is counted although it is refused.
        raise CodeWrong(attempts_left=MAX_CODE_ATTEMPTS - row.code_attempts)


def bind_wechat(*, actor: Actor, code: str, now: datetime) -> None:
    """Bind the WeChat account that came back with `code` from the authorisation page. Refuses where WeChat does not know the code."""
    require_roles(actor, *SIGN_IN_ROLES)
    if not is_on(Channel.WECHAT):
        raise ChannelNotOffered
    try:
        with client() as wechat:
            openid = wechat.openid_of(code)
    except (NoAnswer, WeChatRefused) as why:
        raise NotBound from why
    with transaction.atomic():
        defaults = {"value": openid, "added_at": now, "verified_at": now, "off_at": None, "off_code": "", "refusals": 0}
        Address.objects.update_or_create(person_id=actor.own_id, channel=Channel.WECHAT.value, defaults=defaults)
        _record(actor, "bind_wechat", Channel.WECHAT, now)


@transaction.atomic
def remove_address(*, actor: Actor, channel: Channel, now: datetime) -> None:
    """Delete the address of a channel; nothing is sent by it any more. Idempotent."""
    require_roles(actor, *SIGN_IN_ROLES)
    deleted, _ = Address.objects.filter(person=actor.own_id, channel=channel.value).delete()
    if deleted:
        _record(actor, "remove_address", channel, now)


@transaction.atomic
def erase_of_deactivated(*, now: datetime) -> int:
    """Delete addresses, choices and notices of people who were deactivated; returns how many addresses (NOTICE-9). Idempotent."""
    del now
    gone = {"person__is_active": False}
    deleted, _ = Address.objects.filter(**gone).delete()
    Notice.objects.filter(**gone).delete()
    Preference.objects.filter(**gone).delete()
    DeliveryChoice.objects.filter(**gone).delete()
    return deleted


def normalized_address(channel: Channel, value: str) -> str:
    """A mobile number as eleven digits, a mail address without spaces around it and its domain in lower case. Refuses anything else."""
    value = value.strip()
    if channel is Channel.SMS:
        digits = re.sub(r"[ -]", "", value).removeprefix("+86")
        if _MOBILE.fullmatch(digits):
            return digits
    if channel is Channel.MAIL and len(value) <= MAX_MAIL and _MAIL.fullmatch(value):
        name, _, domain = value.rpartition("@")
        return f"{name}@{domain.lower()}"
    raise AddressInvalid


def _digest(person_id: int, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"notices:{person_id}:{code}".encode(), hashlib.sha256).hexdigest()


def _record(actor: Actor, action: str, channel: Channel, now: datetime) -> None:
    """The audit log holds no address."""
    record(
        actor=actor,
        action=f"notices.{action}",
        kind="person",
        subject_id=actor.own_id,
        details={"channel": channel.value},
        now=now,
    )
