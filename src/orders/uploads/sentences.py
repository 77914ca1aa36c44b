"""Why a line of a workbook cannot be ordered as it stands, or should be looked at: codes with their sentences."""

from dataclasses import dataclass

from kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Sentence:
    """A reason with its code, in Chinese and English."""

    code: str
    zh: str
    en: str

    def stored(self) -> dict[str, str]:
        """As a line of an upload keeps it."""
        return {"code": self.code, "zh": self.zh, "en": self.en}


def sentence_of(refusal: Refusal) -> Sentence:
    """A refusal as the reason of a line."""
    return Sentence(refusal.code, refusal.sentence("zh"), refusal.sentence("en"))


TOO_MANY_LINES = Sentence(
    "too_many_order_lines",
    "文件里有 {lines} 行订单，一次最多 {max_lines} 行；请拆成几个文件再上传",
    "The workbook has {lines} order lines, at most {max_lines} at once; split it and upload the parts",
)
TEXT_TOO_LONG = Sentence(
    "text_too_long",
    "{field_zh}太长（最多 {length} 个字），请缩短后重新上传",
    "The {field_en} is too long (at most {length} characters); shorten it and upload again",
)
TOO_MANY_UNITS = Sentence(
    "too_many_units",
    "一位收货人同一商品一次最多 {units} 件，请分几次下单",
    "One recipient gets at most {units} units of an item at once; order the rest another time",
)
UNKNOWN_GOODS = Sentence(
    "goods_not_on_sale",
    "正在抢购的专场里没有「{goods}」；请核对款号、颜色、尺码或条码",
    "No live sale has “{goods}”; check style number, colour, size or barcode",
)
UNKNOWN_VARIANT = Sentence(
    "variant_not_on_sale",
    "这一款没有「{goods}」；请从同款里选择，或改好后重新上传",
    "The style has no “{goods}”; choose among its goods, or correct the line and upload again",
)
AMBIGUOUS_GOODS = Sentence(
    "ambiguous_goods",
    "「{goods}」可能是 {count} 种商品，请选择是哪一种",
    "“{goods}” may be one of {count} goods; choose which",
)
CONFLICTING_GOODS = Sentence(
    "conflicting_goods",
    "条码和款号、尺码对不上（{goods}），请选择要的是哪一种",
    "The barcode does not fit style number and size ({goods}); choose what is meant",
)
REPEATED_IN_FILE = Sentence(
    "repeated_in_file",
    "和第 {row} 行重复：同一收货人、同一商品",
    "The same recipient and goods as in row {row}",
)
ORDERED_RECENTLY = Sentence(
    "ordered_recently",
    "订单 {order_id} 里已给这位收货人订过这件商品（{units} 件）",
    "Order {order_id} has these goods for this recipient already ({units} units)",
)
REFERENCE_USED = Sentence(
    "reference_used",
    "您的订单号「{order_ref}」在「{filename}」里已经下过单（订单 {order_id}）",
    "Your order number “{order_ref}” was ordered already with {filename} (order {order_id})",
)
LEFT_OUT = Sentence("left_out", "您选择了不下这一行", "You left this line out")
LEFT_OUT_AS_REPEAT = Sentence("left_out_as_repeat", "疑似重复，您选择了不下", "It seemed a repeat, and you left it out")


def filled(sentence: Sentence, **values: object) -> Sentence:
    """The sentence with its values."""
    return Sentence(sentence.code, sentence.zh.format(**values), sentence.en.format(**values))
