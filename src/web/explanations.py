"""The steps of an explanation on the wire."""

from ninja import Schema

from web.money import YuanOut, fen_of


class StepOut(Schema):
    """A step from the tag price to the figure: the rule's number, its row, the amounts that this role may see, and words."""

    rule: str
    source_id: int | None
    before: YuanOut | None = fen_of("before_fen")
    after: YuanOut | None = fen_of("after_fen")
    zh: str
    en: str
