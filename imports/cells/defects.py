"""Remarks that name a defect in the words of the trade: a customer must know of it before she buys."""

from __future__ import annotations

import re

from imports.cells.text import display_text, normalize
from imports.workbook.model import Value

MAX_DEFECT_LENGTH = 200
_DEFECT = (
    # that it is not of the first quality
    "瑕疵|微瑕|有瑕|小瑕|轻瑕|重瑕|次品|残次|残品|疵品|疵点|残疵|不良品|坏品|等外品|二等品|三等品|处理品|[bc二三]级品|[bc]级|[bc](?:品|货)|样衣|样品|试穿|穿过|二手"
    "|返修|返工|修补|客退|退货品|拆封|陈列品|展示品"
    # what it is
    "|污渍|污点|污迹|污痕|沾污|脏污|有污|有脏|脏点|脏痕|油渍|油污|水渍|汗渍|墨渍|粉渍|胶渍|锈迹|锈点|霉点|霉斑|发霉|霉变"
    "|破损|破洞|破口|破了|有破|撕裂|裂口|裂缝|裂纹|开裂|有洞|小洞|虫蛀|蛀洞|针孔|针洞|开线|脱线|跳线|断线|开缝|开口|抽丝|勾丝|勾纱|挂丝|脱丝|拉丝|断纱|跳纱|跳针|断针"
    "|掉色|褪色|退色|脱色|串色|染色|沾色|色差|色花|色斑|泛黄|发黄|变黄|氧化|掉漆|掉钻|掉珠|掉扣|脱胶|开胶|溢胶|起球|起毛|起泡|起皱|掉皮|脱皮"
    "|划痕|刮痕|刮花|划伤|擦伤|磨损|磨痕|压痕|折痕|变形|缩水|歪斜|车歪|错码|错标|码标不符|长短袖|高低脚|拉链坏|拉链故障|坏拉链|坏了|损坏"
    # what is missing
    "|[缺少无掉](?:吊牌|洗标|水洗标|标签|领标|腰带|皮带|扣|钮扣|纽扣|备扣|配件|配饰|内胆|内衬|胸垫|帽|鞋盒|鞋带|包装|盒|肩带)|吊牌缺失|包装破|盒损|盒破|鞋盒坏"
    r"|defect|flaw|stain|damage|broken|scratch|\bhole|\btorn\b|faded|second[- ]?hand|\bb[- ]?grade"
)
_NAMES_DEFECT = re.compile(_DEFECT, re.IGNORECASE)
_DENIED = re.compile(
    r"(?:无|没有?|没|未见|未|非|不会|不易|不|零|免|防|抗|耐|拒绝|杜绝|no|not|non|without|free of|any)[\s\-—:：]*"
    r"(?:任何|明显|重大|其他|其它|大的|见|有|存在|发现|轻易|容易|易|会|是|\w{0,2}、|major|any|visible|obvious|other|、|和|或|及|,|，|\s)*$",
    re.IGNORECASE,
)
_LISTED = re.compile(r"^[渍点迹痕脏]?[、/,，和或及与\s]*$")
_DISCLAIMED = re.compile(
    r"(?:拍摄|拍照|光线|灯光|显示器|屏幕|手机|电脑|实物)[^。；;\n]{0,12}色差|色差[^。；;\n]{0,8}(?:为准|避免|拍摄|光线|显示器|屏幕)"
)
"""A disclaimer that colours may differ from the picture is no defect; nearly every shop has one."""


def parse_defect(value: Value) -> str | None:
    """The remark where it names a defect; "" where it names none; None where the cell is blank."""
    text = " ".join(display_text(value).split())
    if not normalize(text):
        return None
    return text[:MAX_DEFECT_LENGTH] if names_defect(normalize(text)) else ""


def names_defect(text: str) -> bool:
    """Whether the text has a word for a defect that is not denied (无瑕疵, 不掉色, no stains)."""
    plain = _DISCLAIMED.sub(" ", text)
    denied_until = -1
    for found in _NAMES_DEFECT.finditer(plain):
        before = plain[max(0, found.start() - 16) : found.start()]
        own = found.group()
        denied = _DENIED.search(before) is not None and own[0] not in "缺少无"
        # 无污渍、破损: what is listed behind a denied defect is denied with it.
        denied = denied or (denied_until >= 0 and _LISTED.match(plain[denied_until : found.start()]) is not None)
        if not denied:
            return True
        denied_until = found.end()
    return False
