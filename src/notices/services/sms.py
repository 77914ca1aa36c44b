"""SMS through Alibaba Cloud (阿里云短信服务, Dysmsapi 2017-05-25, action SendSms), signed with HMAC-SHA1.

Described at https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms. It has no identity by which a second
message would be dropped: `OutId` only comes back in reports. So a lost answer is not asked for again (docs/decisions/0226).
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from kernel import clock
from notices.rules import Outcome, OutcomeKind
from notices.services.message import Message
from web.outbound import NoAnswer, NotSent, OutboundClient

_MAX_WORDS = 20
"""Characters of a variable of a template that carriers take in any case."""
_BAD_NUMBER = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.BLACK_KEY_CONTROL_LIMIT"})
_BUSY = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "Throttling.User", "ServiceUnavailable"})
_ACCOUNT = frozenset(
    {
        "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.ACCOUNT_ABNORMAL", "isv.ACCOUNT_NOT_EXISTS", "isv.DAY_LIMIT_CONTROL",
        "isv.MONTH_LIMIT_CONTROL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL", "isp.RAM_PERMISSION_DENY",
        "SignatureDoesNotMatch", "InvalidAccessKeyId.NotFound", "InvalidAccessKeyId.Inactive",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """The account at Alibaba Cloud: its key, the approved signature (签名) and the approved templates.

    The template of notices has the variables `topic` and `count`, that of codes has `code`.
    """

    url: str
    key_id: str
    key_secret: str = field(repr=False)
    sign_name: str
    notice_template: str
    code_template: str


def signature(method: str, parameters: Mapping[str, str], *, key_secret: str) -> str:
    """The signature of a request in the style RPC, version 1.0: all parameters sorted and percent-encoded."""
    query = "&".join(f"{_encoded(name)}={_encoded(parameters[name])}" for name in sorted(parameters))
    signed = f"{method}&{_encoded('/')}&{_encoded(query)}"
    digest = hmac.new(f"{key_secret}&".encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


class SmsSender(OutboundClient):
    def __init__(self, account: SmsAccount) -> None:
        super().__init__(account.url)
        self._account = account

    def send(self, message: Message) -> Outcome:
        form = self._form(message, at=clock.now(), nonce=secrets.token_hex(16))
        try:
            answer = json.loads(self.request("POST", "/", form=form))
        except NotSent as why:
            return Outcome(OutcomeKind.LATER, str(why))
        except NoAnswer as why:
            # A request that is refused as such, by its signature or its rate, is answered with a status of 4xx.
            was_refused = str(why).startswith("http 4")
            return Outcome(OutcomeKind.ACCOUNT if was_refused else OutcomeKind.LOST, str(why))
        except (ValueError, RecursionError):
            return Outcome(OutcomeKind.LOST, "unreadable")
        return read_answer(answer)

    def _form(self, message: Message, *, at: datetime, nonce: str) -> dict[str, str]:
        account = self._account
        variables = (
            {"code": message.code}
            if message.code
            else {"topic": message.title[:_MAX_WORDS], "count": str(message.count)}
        )
        form = {
            "AccessKeyId": account.key_id,
            "Action": "SendSms",
            "Format": "JSON",
            "OutId": message.client_id,
            "PhoneNumbers": message.address,
            "RegionId": "cn-hangzhou",
            "SignName": account.sign_name,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": nonce,
            "SignatureVersion": "1.0",
            "TemplateCode": account.code_template if message.code else account.notice_template,
            "TemplateParam": json.dumps(variables, ensure_ascii=False),
            "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": "2017-05-25",
        }
        return {**form, "Signature": signature("POST", form, key_secret=account.key_secret)}


def read_answer(answer: Any) -> Outcome:
    code = answer.get("Code") if isinstance(answer, dict) else None
    if not isinstance(code, str) or not code:
        return Outcome(OutcomeKind.LOST, "unreadable")
    if code == "OK":
        return Outcome(OutcomeKind.SENT, code, str(answer.get("BizId", "")))
    if code in _BAD_NUMBER:
        return Outcome(OutcomeKind.BAD_ADDRESS, code)
    if code in _ACCOUNT:
        return Outcome(OutcomeKind.ACCOUNT, code)
    if code in _BUSY:
        return Outcome(OutcomeKind.LATER, code)
    return Outcome(OutcomeKind.REFUSED, code)


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
