"""Names of colours that may mean one colour: 红, 紅 and 红色."""

from __future__ import annotations

from typing import Final

from imports.cells.text import fold_case, normalize

_TRADITIONAL: Final = (
    "紅綠藍黃銀駝軍霧煙鐵鏽銹銅豔艷鮮淺膚磚欖櫻薑檸蘋葉麥燈棗絳緋絲紋條點顏顔寶蓮蘭紺鵝鴨鴉亞陽雲龍鋼鉛貓豬馬駱獨灣閃純單雙樺樹蘿檳櫚鬱屬奧"
    "國華夢燒爛皺濃漸變層邊裡裏內裝無彈兒飾鑽極緞絨羅蘆薈臘蠟鹽麵漿籃鏡靈號碼標準衛門風動電視覺臺灑緣縷襯"
)
_SIMPLIFIED: Final = (
    "红绿蓝黄银驼军雾烟铁锈锈铜艳艳鲜浅肤砖榄樱姜柠苹叶麦灯枣绛绯丝纹条点颜颜宝莲兰绀鹅鸭鸦亚阳云龙钢铅猫猪马骆独湾闪纯单双桦树萝槟榈郁属奥"
    "国华梦烧烂皱浓渐变层边里里内装无弹儿饰钻极缎绒罗芦荟腊蜡盐面浆篮镜灵号码标准卫门风动电视觉台洒缘缕衬"
)
_TO_SIMPLIFIED: Final = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


def fold_colour(text: str) -> str:
    """The same for names that may mean one colour: simplified characters, without blanks, case and a last 色."""
    folded = fold_case(normalize(text)).translate(_TO_SIMPLIFIED).replace(" ", "")
    return folded.removesuffix("色") or folded
