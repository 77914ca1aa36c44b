"""Names of people and sign-in names: what is refused, and why (ACCOUNT-6)."""

from typing import ClassVar

from accounts.rules import Role, is_reserved_name, normalized_login
from kernel.refusal import Invalid
from kernel.text import invisible_character, normalized

MAX_LOGIN, MAX_NAME = 64, 80


class NameRefusal(Invalid):
    """A refusal that names the field in the reader's language."""

    FIELDS: ClassVar[dict[str, tuple[str, str]]] = {
        "login": ("登录名", "The sign-in name"),
        "name": ("姓名", "The name"),
    }
    field: str

    def sentence(self, language: str = "zh") -> str:
        zh, en = self.FIELDS[self.field]
        template, word = (self.zh, zh) if language.startswith("zh") else (self.en, en)
        return template.format(**(self.fields() | {"field": word}))


class InvalidName(NameRefusal):
    code = "accounts.invalid_name"
    zh = "{field}不能为空，最多 {max_length} 个字"
    en = "{field} must not be empty and at most {max_length} characters long"
    max_length: int


class InvisibleCharacter(NameRefusal):
    code = "accounts.invisible_character"
    zh = "{field}里有看不见的字符（{character}），请删掉后重新输入"
    en = "{field} holds a character that cannot be seen ({character}); type it again without"
    character: str


class ReservedName(NameRefusal):
    code = "accounts.reserved_name"
    zh = "{field}不能用「{name}」，它会被误认为平台，请换一个"
    en = "{field} cannot be “{name}”, which would be taken for the platform; choose another"
    name: str


def require_valid_name(name: str, *, role: Role | None = None, max_length: int = MAX_NAME) -> str:
    """The name, normalized. Refuses a name that is empty, too long, reserved for others than this role, or has invisible characters.

    Without a role it is the name of somebody who does not sign in: a recipient, or a customer who leaves a wish.
    """
    return _require_valid("name", normalized(name), role, max_length)


def require_valid_login(login: str, *, role: Role) -> str:
    """The login, normalized. Refuses what `require_valid_name` refuses."""
    return _require_valid("login", normalized_login(login), role, MAX_LOGIN)


def _require_valid(field: str, text: str, role: Role | None, max_length: int) -> str:
    if not text or len(text) > max_length:
        raise InvalidName(field=field, max_length=max_length)
    if character := invisible_character(text):
        raise InvisibleCharacter(field=field, character=character)
    if is_reserved_name(text, role):
        raise ReservedName(field=field, name=text)
    return text
