"""The words that headings use, by field.

The words of a field have a precedence: of several columns that claim a field, the one with the lowest number has it and the
others are not used; of equal claims to a required field the owner of the sheet is asked (IMPORT-4). Cost prices are a
field of their own, so that they are recognised and never read (IMPORT-5).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from imports import fields
from imports.workbook.model import BLANKS

_TRADITIONAL = str.maketrans(
    "號顏條碼價庫數圖備註類別構規發尺寸標籤貨樣編總計國際員廠牌單產紅綠藍黃黑銀專區間裝褲裙鞋帽總稱製衣庫現實際訂購銷應",
    "号颜条码价库数图备注类别构规发尺寸标签货样编总计国际员厂牌单产红绿蓝黄黑银专区间装裤裙鞋帽总称制衣库现实际订购销应",
)

_WORDS: dict[str, tuple[str, ...]] = {
    fields.STYLE_NO: (
        (
            "款号 大货款号 款式编码 款式编号 款式号 商品款号 产品款号 款式货号 款号编码 正式款号 styleno style stylenumber stylecode"
            " stylenumber. 款 款号(style) 款号编号 styleid style#"
        ),
        (
            "货号 供应商款号 商品货号 型号 产品编号 商品编号 产品货号 品号 itemno item articleno article 货品编号 货品编码"
            " 商品编码 产品编码 productcode 款色号 货品号 model modelno"
        ),
    ),
    fields.COLOUR: (
        "颜色名称 颜色描述 色名 colorname colourname",
        "颜色 color colour 色 颜色/color 顔色",
        "花色 色系 颜色分类",
        "颜色别名",
    ),
    fields.COLOUR_CODE: ("色号 色码 颜色编号 颜色代码 颜色编码 colorcode colourcode 颜色码 colorno 色代码",),
    fields.COLOUR_AND_SIZE: (
        "颜色及规格 颜色规格 颜色尺码 颜色/尺码 颜色规格尺码 规格属性 销售属性 颜色及尺码 颜色;尺码 属性",
    ),
    fields.SIZE: (
        "尺码 码数 size 尺码名称 鞋码 码 尺碼 sizes 衣服尺码 尺码(size) 大小 尺码描述",
        "号型 国标尺码",
        "规格 尺寸 规格尺码",
    ),
    fields.SIZE_GROUP: ("尺码组 尺码类型 尺码段 码组 sizegroup 尺码系列 尺码类别 尺码组别 尺码分组 sizetype",),
    fields.BARCODE: (
        "国标码 69码 国际条码 ean ean13 eancode ean-13 国际码 gtin 国标条码 国际条形码 upc",
        "条码 条形码 商品条码 外部条形码 barcode 商品条形码 产品条码 条码号 外部条码 条型码 sku条码 barcodeno",
    ),
    fields.TAG_PRICE: (
        "吊牌价 牌价 吊牌 tagprice 吊牌价格 吊牌零售价 吊牌单价 标牌价 tag",
        (
            "市场价 零售价 建议零售价 厂商指导价 指导价 msrp retailprice rrp retail 统一零售价 全国统一零售价 原价 市场零售价 listprice"
            " 标价 srp 建议售价 官方指导价"
        ),
    ),
    fields.BASE_PRICE: (
        (
            "供货价 供价 供货 结算价 批发价 分销结算价 进货价 supplyprice 供应价 供货单价 供货价格 拿货价 基准拿货价 wholesaleprice"
            " 代理价 分销价 结算单价 经销价 wholesale whsl supply 采购价 供货底价 给货价 供應價"
        ),
        "一口价 清仓价 处理价 尾货价 特价 特供价 甩货价",
    ),
    fields.DISCOUNT: (
        "折扣 折扣率 折率 供货折扣 拿货折扣 结算折扣 discount 折数 供货折率 折扣(折) 扣率 进货折扣 结算扣率",
    ),
    fields.QUANTITY: (
        "可售数 可售库存 可用库存 可销库存 可售数量 可用数 可用数量 可卖数 availableqty available 可售 可用 可供数量 可发库存",
        (
            "库存 数量 现有库存 库存数量 库存数 qty quantity stock 件数 现货数量 现货 尾货数量 实际库存 实物库存 账面库存 库存量"
            " 库存件数 stockqty onhand 剩余库存 剩余数量 存量 实库存 现货库存 当前库存 即时库存 清仓数量 供货数量 units pcs inventory"
        ),
        "总库存 库存合计 合计库存 总数量 库存总数 总库存数 总数 合计数量 totalqty totalstock 数量合计 总件数",
    ),
    fields.TOTAL: ("合计 总计 小计 total 汇总 共计 计 sum 行合计",),
    fields.COST: (
        (
            "成本价 成本 加权成本 计划成本 成本单价 采购成本 cost costprice 平均成本 含税成本 未税成本 标准成本 生产成本"
            " 加权成本价 移动平均成本 进价"
        ),
    ),
    fields.AMOUNT: (
        "金额 库存金额 吊牌金额 总金额 amount 货值 吊牌额 供货金额 牌价金额 总价 总额 零售金额 结算金额 成本金额",
    ),
    fields.UNCLEAR_PRICE: (
        (
            "价格 单价 售价 现价 价 price 销售价 活动价 折扣价 折后价 会员价 促销价 unitprice 价位 优惠价 价钱 报价 到手价 执行价"
            " saleprice 出货价 商品价格"
        ),
    ),
    "name": (
        "品名 商品名称 名称 款名 产品名称 商品名 货品名称 款式名称 productname name description 产品名 货名 stylename 商品标题",
        "标题 款式 款式描述",
    ),
    "category": (
        "类目 品类 分类 类别 商品类别 category 产品类别 品种 小类 商品分类 三级类目 品类名称 类目名称 产品分类 款类",
        "中类 二级类目",
        "大类 一级类目",
    ),
    "season": ("季节 季 season 产品季 上市季节 年季 季度 适用季节", "波段 上市波段"),
    "year": ("年份 年度 年 year 上市年份 产品年份",),
    "gender": ("性别 gender 适用性别 男女 sex 适用人群",),
    "brand": ("品牌 牌子 brand 品牌名称 品牌名 商标",),
    "remark": ("备注 说明 remark remarks note notes 注 备注说明 附注 memo 备注信息 comment",),
    "picture": (
        "图片 款图 商品图片 图 主图 实物图 picture image photo 图片链接 产品图片 照片 pic 款式图 图样 图片地址 商品图 样图",
    ),
    "fabric": (
        "面料成分 成分 成份 主要成分 composition",
        "面料 材质 材料 fabric material",
    ),
    "origin": ("产地 原产地 生产地 origin placeoforigin madein",),
    "selling_point": ("卖点 产品卖点 商品卖点 推荐理由 亮点 sellingpoint sellingpoints highlights",),
    fields.CONDITION: (
        (
            "瑕疵 瑕疵说明 瑕疵描述 瑕疵情况 疵点 品相 成色 品质 质量等级 等级 性质 状态 次品说明 残次说明 质量问题 问题说明 问题描述"
            " condition defect defects grade quality"
        ),
    ),
    fields.LOCATION: (
        (
            "仓库 仓库名称 仓库名 所在仓库 存放仓库 发货仓 发货仓库 仓 仓位 库位 货位 库区 储位 货架 货架号 架位"
            " 箱号 箱码 箱唛 箱编号 柜号 托盘号"
            " 店铺 店铺名称 门店 门店名称 店仓 店仓名称 批次 批号 批次号 warehouse location bin carton cartonno cartonno. boxno store batch"
        ),
    ),
    fields.UNUSED: (
        (
            "序号 no no. 编号 行号 # 单位 执行标准 安全类别 重量 体积 上市日期 系列"
            " 里料 洗涤 吊牌名 库龄 上架时间 日期 供应商 厂家 unit seq index id 主题 风格 版型 尺码编码"
            " 尺码代码 sizecode 内部编码 skuid skucode sku sku编码 商品id 系统编码 内部条码 厚薄 领型 袖长"
        ),
    ),
}

_WAREHOUSE = re.compile(
    r"^(?!仓库|总仓库$)(.{1,8}?)(仓|仓库|店|库房|dc|warehouse|wh)(可用|可售)?(库存|数量|库存数|库存数量|数|件数)?$"
)
_PLACES = (
    "北京|上海|广州|深圳|杭州|宁波|温州|义乌|嘉兴|金华|绍兴|苏州|南京|无锡|常熟|常州|南通|武汉|长沙|成都|重庆|西安|郑州|济南|青岛|天津|石家庄"
    "|沈阳|大连|哈尔滨|长春|厦门|福州|泉州|东莞|佛山|中山|虎门|汕头|合肥|南昌|昆明|贵阳|南宁|海口|太原|兰州|乌鲁木齐|石狮|濮院"
    "|华东|华南|华北|华中|华西|西南|西北|东北|东南|总部|线上|线下|电商|直营|加盟|专柜|工厂|保税|海外|国内"
)
_PLACE = re.compile(rf"^({_PLACES})$")
_PLACE_STOCK = re.compile(rf"^({_PLACES})(可用|可售|现有|实际)?(库存|数量|库存数|库存数量|件数)$")
_NEVER_STOCK = re.compile(
    "占用|锁定|在途|已售|销量|销售数|销售件|安全库存|起订|起批|残|次品|退货|订单数|入库|出库|发货数|可退|缺货|预售|冻结|箱数|装箱|下单|已卖|周转"
    "|最低|最大|限购|库存上限|库存下限|库存天数|库存状态|库存地|库存日期|库存时间|库存编"
)
_FUZZY: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("成本|进价$|cost"), fields.COST),
    (re.compile("金额|货值|总额|总价$|amount"), fields.AMOUNT),
    (_NEVER_STOCK, fields.UNUSED),
    (re.compile("吊牌.*价|牌价|tag ?price"), fields.TAG_PRICE),
    (re.compile("供货.*价|供价|结算.*价|批发价|supply ?price|wholesale ?price|拿货价"), fields.BASE_PRICE),
    (re.compile("折扣价|折后"), fields.UNCLEAR_PRICE),
    (re.compile("折扣|折率|discount"), fields.DISCOUNT),
    (re.compile("条码|条形码|69码|barcode|国标码"), fields.BARCODE),
    (re.compile("款号|style ?no|款式编[码号]"), fields.STYLE_NO),
    (re.compile("尺码组|码组|size ?group"), fields.SIZE_GROUP),
    (re.compile("尺码|码数|^size|size$"), fields.SIZE),
    (re.compile("色(码|号|代码|编码|编号)|colou?r ?code"), fields.COLOUR_CODE),
    (re.compile("颜色|colou?r"), fields.COLOUR),
    (re.compile("市场价|零售价|指导价"), fields.TAG_PRICE),
    (re.compile("可售|可用.*(库存|数)"), fields.QUANTITY),
    (re.compile("库存|数量$|qty$|quantity"), fields.QUANTITY),
    (re.compile("价格?$|price$"), fields.UNCLEAR_PRICE),
    (re.compile("品名|名称"), "name"),
    (re.compile("备注|remark"), "remark"),
    (re.compile("图片|image"), "picture"),
    (re.compile("品牌"), "brand"),
    (re.compile("季节|season"), "season"),
    (re.compile("类目|品类"), "category"),
)
_FUZZY_PRECEDENCE = 5
_LATIN = re.compile("[A-Za-z]{2}")
_REQUIRED_MARKS = re.compile(r"^[*★※#●▲◆☆✱_\s]+|[*★※✱\s:：.]+$")
_ENUMERATION = re.compile(r"^\s*(?:[(（]?\d{1,2}[)）.．、:：](?!\d)|[①-⑳])\s*(?=\S)")
_BRACKETED = re.compile(r"[(\[【{<〔「]([^()\[\]【】{}<>〔〕「」]*)[)\]】}>〕」]")
_UNIT_TAIL = re.compile(r"(/(元|件|rmb|cny|双|条|套|pcs)|[-_](必填|选填))$|(rmb|cny|￥|¥)$")
_CURRENCY_NOTES = {
    "usd": "USD", "us$": "USD", "$": "USD", "美元": "USD", "美金": "USD", "eur": "EUR", "€": "EUR", "欧元": "EUR", "hkd": "HKD",
    "hk$": "HKD", "港币": "HKD", "港元": "HKD", "gbp": "GBP", "£": "GBP", "英镑": "GBP", "jpy": "JPY", "日元": "JPY", "krw": "KRW",
    "韩元": "KRW", "₩": "KRW", "twd": "TWD", "nt$": "TWD", "台币": "TWD", "新台币": "TWD",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a heading means: its field, its precedence (0 is the plainest word), and notes in brackets."""

    field: str
    precedence: int
    exact: bool
    notes: tuple[str, ...] = ()


def currency_of(heading: str) -> str | None:
    """The foreign currency that a price's heading names, in brackets or not."""
    folded = fold_heading(heading)
    for word, code in _CURRENCY_NOTES.items():
        if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", folded):
            return code
    return None


def fold_heading(text: str) -> str:
    """A heading for comparison: NFKC, simplified characters, lower case, no blanks or invisible characters."""
    text = unicodedata.normalize("NFKC", text).translate(_TRADITIONAL).lower()
    return "".join(char for char in text if char not in BLANKS and unicodedata.category(char) not in ("Cf", "Cc"))


def _table() -> dict[str, tuple[str, int]]:
    table: dict[str, tuple[str, int]] = {}
    for field, words_by_precedence in _WORDS.items():
        for precedence, words in enumerate(words_by_precedence):
            for word in words.split():
                table.setdefault(fold_heading(word), (field, precedence))
    return table


_BY_WORD: Final = _table()


@lru_cache(maxsize=4096)
def meaning_of(heading: str) -> Meaning | None:
    """The meaning of a heading; None for words that are not in the vocabulary."""
    if len(heading) > 60:
        return None
    heading = _ENUMERATION.sub("", heading)
    folded = fold_heading(heading)
    notes: list[str] = []

    def take(match: re.Match[str]) -> str:
        notes.append(match.group(1))
        return ""

    bare = _BRACKETED.sub(take, folded)
    bare = _REQUIRED_MARKS.sub("", _UNIT_TAIL.sub("", _REQUIRED_MARKS.sub("", bare)))
    found = _exact(folded) or _exact(bare)
    if found is None and bare != folded and len(notes) == 1 and not bare:
        found = _exact(notes[0])
    if found is not None:
        return Meaning(found[0], found[1], True, tuple(notes))
    pieces = [
        piece for piece in re.split(r"[\n\r/\\|、,，\s]+", unicodedata.normalize("NFKC", heading)) if piece.strip()
    ]
    if len(pieces) > 1:
        split = _of_pieces(pieces, tuple(notes))
        if split is not None:
            return split
    return _fuzzy(bare, tuple(notes))


def bare_forms(heading: str) -> list[str]:
    """A heading folded, then without its brackets, stars and units."""
    folded = fold_heading(heading)
    bare = _REQUIRED_MARKS.sub("", _UNIT_TAIL.sub("", _REQUIRED_MARKS.sub("", _BRACKETED.sub("", folded))))
    return [folded, bare]


def _of_pieces(pieces: list[str], notes: tuple[str, ...]) -> Meaning | None:
    joined = " ".join(pieces)
    han = _exact(
        _REQUIRED_MARKS.sub("", _BRACKETED.sub("", fold_heading("".join(c for c in joined if not c.isascii()))))
    )
    latin = _exact(_REQUIRED_MARKS.sub("", _BRACKETED.sub("", fold_heading("".join(c for c in joined if c.isascii())))))
    if han is not None and (latin is not None or _LATIN.search(joined)):
        return Meaning(han[0], han[1], True, notes)
    known: list[tuple[str, int]] = []
    for piece in pieces:
        bare = _REQUIRED_MARKS.sub("", _BRACKETED.sub("", fold_heading(piece)))
        found = _exact(bare)
        if found is not None:
            known.append(found)
    kinds = {field for field, _ in known}
    if not known:
        return None
    if len(kinds) == 1:
        return Meaning(known[0][0], min(precedence for _, precedence in known), True, notes)
    if kinds == {fields.SIZE, fields.QUANTITY}:
        return Meaning(fields.SIZE_PARENT, 0, True, notes)
    if kinds == {fields.COLOUR, fields.SIZE}:
        return Meaning(fields.COLOUR_AND_SIZE, 0, True, notes)
    return None


def _exact(folded: str) -> tuple[str, int] | None:
    found = _BY_WORD.get(folded)
    if found is not None:
        return found
    if not folded or _NEVER_STOCK.search(folded):
        return None
    if _WAREHOUSE.match(folded) or _PLACE_STOCK.match(folded):
        return fields.WAREHOUSE, 0
    return (fields.WAREHOUSE, 1) if _PLACE.match(folded) else None


def _fuzzy(bare: str, notes: tuple[str, ...]) -> Meaning | None:
    if not 2 <= len(bare) <= 12 and not (bare.isascii() and len(bare) <= 24):
        return None
    for pattern, field in _FUZZY:
        if pattern.search(bare):
            return Meaning(field, _FUZZY_PRECEDENCE, False, notes)
    return None


TOTAL_LABEL: Final = re.compile(
    r"^[\W_]*(.{0,30}?)(小计|合计|总计|共计|累计|汇总|总合计|总数|本页计|本页小计|总\s*计|合\s*计|小\s*计|sub-?\s*total|grand\s*total|total)"
    r"[\s:：(（)）\d.,件元￥¥双条款sku个]*$",
    re.IGNORECASE,
)
TOTAL_SENTENCE: Final = re.compile(
    r"^[\W_]*(?:总共|一共|共有?)\s*\d+\s*(?:款|件|种|个|条|行|双|套|色|sku)", re.IGNORECASE
)
APPENDIX_LABEL: Final = re.compile(
    r"尺码(对照|参考|说明|信息|尺寸)?表|尺寸(对照|参考|信息)?表|对照表|测量|条款|须知|政策|说明|备注|size ?(chart|guide)|terms",
    re.IGNORECASE,
)
EXAMPLE_LABEL: Final = re.compile(
    r"示例|样例|范例|举例|例如|^\s*例\s*(?:[:：]|$)|^\s*[(（\[【]\s*(?:例|如)\s*[)）\]】]|^\s*如\s*[:：]|填写样|(?<![a-z./@_-])example(?![a-z./@_-])|(?<![a-z./@_-])sample(?![a-z./@_-])",
    re.IGNORECASE,
)
ASCII_MARK: Final = re.compile(r"total|example|sample", re.IGNORECASE)
"""Without one of these no text of plain ASCII is a TOTAL_LABEL or an EXAMPLE_LABEL."""
INSTRUCTION_LABEL: Final = re.compile(
    r"必填|选填|非必填|可不填|填写|请输入|请填|请选择|文本格式|文本类型|数字格式|格式[:：]|不能为空|不可为空|长度不超过"
    r"|下拉选择|保留两位|单位[:：]|required|optional|text format|整数$|^文本$|^数字$|^数值$|^字符",
    re.IGNORECASE,
)
CONTACT_LABEL: Final = re.compile(r"联系|电话|微信|手机|qq|邮箱|地址|传真|wechat|tel|phone|contact", re.IGNORECASE)
FAULTS_SHEET: Final = "问题汇总 Faults"
LISTS_SHEET: Final = "选项 Lists"
NOTE_LABEL: Final = re.compile(r"制表|打印|导出|日期|截止|审核|备注|注[:：]|说明|编制|单位[:：]|date", re.IGNORECASE)
SUMMARY_SHEET: Final = re.compile(
    r"汇总|合计|总表|透视|统计|目录|说明|字典|须知|封面|参数|选项|下拉|summary|total|pivot|readme|说明书|填写",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def plain_words() -> frozenset[str]:
    """Words, as people write them, each of which makes a line a possible heading."""
    marking = {
        fields.STYLE_NO,
        fields.COLOUR,
        fields.SIZE,
        fields.BARCODE,
        fields.TAG_PRICE,
        fields.BASE_PRICE,
        fields.QUANTITY,
        fields.SIZE_PARENT,
    }
    found: set[str] = set()
    for field, words_by_precedence in _WORDS.items():
        if field in marking:
            for words in words_by_precedence:
                found.update(words.split())
    found |= {"Style No.", "Style No", "Style", "Color", "Colour", "Size", "SIZE", "Barcode", "QTY", "Qty", "Quantity"}
    found |= {"Tag Price", "Supply Price", "Stock", "EAN", "款號", "顏色", "尺碼", "條碼", "吊牌價", "庫存", "數量"}
    return frozenset(found - {"款", "色", "码", "tag", "supply", "大小"})
