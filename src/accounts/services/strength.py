"""Which passwords are refused (ACCOUNT-6)."""

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts.rules import MAX_PASSWORD, MIN_PASSWORD, identifies_owner
from kernel.refusal import Invalid

_COMMON = CommonPasswordValidator()
_REASONS = {
    "too_short": (f"至少 {MIN_PASSWORD} 位", f"use at least {MIN_PASSWORD} characters"),
    "too_long": (f"最多 {MAX_PASSWORD} 位", f"use at most {MAX_PASSWORD} characters"),
    "too_common": ("太常见，容易被猜到", "it is a common one and easily guessed"),
    "is_login": (
        "不能与登录名、手机号或姓名相同",
        "it must differ from the sign-in name, the phone number and the name",
    ),
}


class WeakPassword(Invalid):
    """`reason` is one of too_short, too_long, too_common, is_login."""

    code = "accounts.weak_password"
    zh = "密码不能用：{reason}"
    en = "The password cannot be used: {reason}"
    reason: str

    def sentence(self, language: str = "zh") -> str:
        zh, en = _REASONS[self.reason]
        return self.zh.format(reason=zh) if language.startswith("zh") else self.en.format(reason=en)


def check_strength(password: str, *, login: str, name: str) -> None:
    """Refuse a password that is too short, too long, common, or her own login, telephone number or name."""
    if identifies_owner(password, login=login, name=name):
        raise WeakPassword(reason="is_login")
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(reason="too_short")
    if len(password) > MAX_PASSWORD:
        raise WeakPassword(reason="too_long")
    try:
        _COMMON.validate(password)
    except ValidationError as cause:
        raise WeakPassword(reason="too_common") from cause
