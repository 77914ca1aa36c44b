"""Names of people and sign-in names: what is refused, and why (ACCOUNT-6)."""

from dataclasses import dataclass
from typing import ClassVar

from accounts.rules import Role, is_reserved, normalized_login
from kernel.refusal import Invalid
from kernel.text import invisible_character, normalized

MAX_LOGIN, MAX_NAME = 64, 80


@dataclass(eq=False)
class AboutAName(Invalid):
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


@dataclass(eq=False)
class BadName(AboutAName):
    code = "accounts.invalid_name"
    zh = "{field}不能为空，最多 {longest} 个字"
    en = "{field} must not be empty and at most {longest} characters long"
    longest: int


@dataclass(eq=False)
class InvisibleCharacter(AboutAName):
    code = "accounts.invisible_character"
    zh = "{field}里有看不见的字符（{character}），请删掉后重新输入"
    en = "{field} holds a character that cannot be seen ({character}); type it again without"
    character: str


@dataclass(eq=False)
class ReservedName(AboutAName):
    code = "accounts.reserved_name"
    zh = "{field}不能用「{name}」，它会被误认为平台，请换一个"
    en = "{field} cannot be “{name}”, which would be taken for the platform; choose another"
    name: str


def checked_name(name: str, *, role: Role | None = None, longest: int = MAX_NAME) -> str:
    """The name in its one spelling. Refuses one that is empty, too long, reserved for others than this role, or holds invisible characters.

    Without a role: of somebody who does not sign in, a recipient or whoever leaves a wish.
    """
    return _checked("name", normalized(name), role, longest)


def checked_login(login: str, *, role: Role) -> str:
    """The login in its one spelling, in lower case. Refuses the same."""
    return _checked("login", normalized_login(login), role, MAX_LOGIN)


def _checked(field: str, text: str, role: Role | None, longest: int) -> str:
    if not text or len(text) > longest:
        raise BadName(field=field, longest=longest)
    if character := invisible_character(text):
        raise InvisibleCharacter(field=field, character=character)
    if is_reserved(text, role):
        raise ReservedName(field=field, name=text)
    return text
