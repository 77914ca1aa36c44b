"""A message as every channel gets it, and its words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from notices.rules import Channel, NoticeState, Topic, Why

TOPIC_WORDS: Mapping[Topic, tuple[str, str]] = {
    Topic.SALE: ("专场开售", "Sales that open"),
    Topic.SALE_REMINDER: ("开售提醒", "Reminders of sales"),
    Topic.WAITING: ("等的货到了", "Goods that you wait for"),
    Topic.PAYMENT_DUE: ("付款时限", "Payment deadlines"),
    Topic.PAID: ("付款结果", "Payments"),
    Topic.PARCEL: ("发货与包裹", "Shipments and parcels"),
    Topic.SHORTAGE: ("缺货与替代", "Shortages"),
    Topic.CASE: ("售后", "After-sales cases"),
    Topic.ENQUIRY: ("客服咨询", "Enquiries"),
    Topic.WISH: ("顾客心愿", "Customers' wishes"),
    Topic.LEVEL: ("等级变化", "Membership tier"),
    Topic.STATEMENT: ("结算单", "Statements"),
    Topic.UPLOAD: ("表格读完", "Workbooks that were read"),
    Topic.TO_SHIP: ("新发货单", "New consignments"),
    Topic.SHIPPING_DUE: ("发货时限", "Shipping deadlines"),
    Topic.CODES: ("我的动态口令", "My one-time codes"),
}
CHANNEL_WORDS: Mapping[Channel, tuple[str, str]] = {
    Channel.WECHAT: ("微信", "WeChat"),
    Channel.SMS: ("短信", "SMS"),
    Channel.MAIL: ("邮件", "Mail"),
}


@dataclass(frozen=True, slots=True)
class Message:
    """What a sender sends: `lines` say what happened, `count` how many events they tell of. `code` is set where it only verifies."""

    address: str = field(repr=False)
    client_id: str
    title: str
    lines: tuple[str, ...]
    count: int
    link: str = ""
    language: str = "zh"
    code: str = field(default="", repr=False)


def topic_words(topic: Topic, language: str) -> str:
    return TOPIC_WORDS[topic][1 if language == "en" else 0]


def code_message(*, address: str, code: str, client_id: str, language: str) -> Message:
    is_english = language == "en"
    line = f"Your code is {code}; it is valid for 10 minutes" if is_english else f"您的验证码是 {code}，10 分钟内有效"
    title = "Verify your address" if is_english else "验证通知地址"
    return Message(address, client_id, title, (line,), 1, language=language, code=code)


STATE_WORDS: Mapping[NoticeState, tuple[str, str]] = {
    NoticeState.WAITING: ("待发送", "waiting"),
    NoticeState.SENDING: ("发送中", "being sent"),
    NoticeState.SENT: ("已发送", "sent"),
    NoticeState.FAILED: ("未送达", "failed"),
    NoticeState.SKIPPED: ("未发送", "not sent"),
    NoticeState.UNKNOWN: ("不确定是否送达", "unknown"),
}
REASON_WORDS: Mapping[Why, tuple[str, str]] = {
    Why.SWITCHED_OFF: ("已关闭这类通知", "switched off"),
    Why.NO_ADDRESS: ("没有验证过的地址", "no verified address"),
    Why.ADDRESS_OFF: ("这个地址已停用", "the address is switched off"),
    Why.TOO_LATE: ("已过时", "too late"),
    Why.REPEATED: ("同一事项当天已通知多次", "told of it several times already"),
    Why.DAILY_LIMIT: ("超过每天最多条数", "over the daily limit"),
    Why.CHANNEL_OFF: ("平台没有开通这个渠道", "the channel is not offered"),
    Why.REFUSED: ("服务商不接受这条消息", "the provider refused the message"),
    Why.BAD_ADDRESS: ("地址收不到或已拒收", "nobody is reached there, or messages were refused"),
    Why.GAVE_UP: ("多次尝试都没有成功", "all attempts failed"),
    Why.ANSWER_LOST: ("服务商没有回音", "the provider's answer was lost"),
    Why.BUSY: ("服务商忙，稍后再试", "the provider is busy; tried again"),
    Why.ACCOUNT: ("平台账号的问题，稍后再试", "a fault of the platform's account; tried again"),
}


def channel_words(channel: str, language: str) -> str:
    return _in(CHANNEL_WORDS[Channel(channel)], language)


def state_words(state: str, language: str) -> str:
    return _in(STATE_WORDS[NoticeState(state)], language)


def reason_words(why: str, language: str) -> str:
    """The reason in words, and the provider's own code behind it."""
    reason, _, code = why.partition(":")
    if not reason:
        return ""
    words = _in(REASON_WORDS[Why(reason)], language)
    return f"{words} ({code})" if code else words


def _in(words: tuple[str, str], language: str) -> str:
    return words[1 if language == "en" else 0]
