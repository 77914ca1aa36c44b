"""The headings of order sheets: our own template, and the exports of marketplaces and resellers' programs."""

from __future__ import annotations

from typing import Final

from imports.record_sheet.words import HeadingWords

CONTACT_FIELDS: Final = ("recipient", "phone", "mobile", "address")
_WORDS: Final = {
    "order_ref": (
        (
            "订单号 订单编号 外部订单号 客户订单号 平台订单号 订单ID 线上订单号 线上单号 OrderNo Order "
            "OrderNumber OrderID"
        ),
        "主订单编号 主订单号 交易编号 原始单号 平台单号 店铺订单号 系统单号",
        "子订单编号 子订单号",
    ),
    "recipient": (
        (
            "收货人 收件人 姓名 收货人姓名 收件人姓名 客户姓名 联系人 收货姓名 收件姓名 提货人 收货方 "
            "收件方 收方姓名 顾客姓名 收货联系人 收件联系人 收货人名称 收件人名称 收货人名字 收件人名字 "
            "Recipient Name Consignee ReceiverName"
        ),
        "名字 客户名称 客户 顾客",
    ),
    "mobile": (
        (
            "手机 手机号 手机号码 收货人手机 收件人手机 收货人手机号 收件人手机号 收货人手机号码 "
            "收件人手机号码 联系手机 收货手机 收件手机 提货人手机号 收方手机 收货手机号 收件手机号 "
            "移动电话 Mobile MobilePhone CellPhone"
        ),
    ),
    "phone": (
        (
            "电话 联系电话 收件人电话 收货人电话 联系方式 电话号码 收货电话 收件电话 收货人联系方式 "
            "收件人联系方式 收货人联系电话 收件人联系电话 固话 固定电话 座机 收方电话 顾客电话 客户电话 "
            "Phone Tel Telephone PhoneNumber"
        ),
    ),
    "address": (
        (
            "收货地址 收件地址 收件人地址 收货人地址 完整地址 收货人详细地址 收件人详细地址 详细收货地址 "
            "收货详细地址 提货地址 收方地址 收货人收货地址 收件详细地址 地址1 地址一 收货地址1 详细地址1 "
            "Address AddressLine1 Address1 FullAddress"
        ),
        "详细地址 地址 客户地址 街道地址 详细信息 StreetAddress",
    ),
    "address2": (
        "地址2 地址二 详细地址2 收货地址2 Address2 AddressLine2",
        "门牌号 楼号-门牌号 补充地址",
    ),
    "contact": (
        ("收货信息 收件信息 收货人信息 收件人信息 姓名电话地址 收货资料 收件资料 姓名地址电话 地址信息 收货人资料"),
    ),
    "province": (
        ("省 省份 收货省 收货省份 收件省 收件省份 收货人省 收件人省 收货人省份 收件人省份 省/直辖市 Province State"),
    ),
    "city": ("市 城市 收货市 收货城市 收件市 收件城市 收货人市 收件人市 收货人城市 收件人城市 地级市 City",),
    "district": (
        (
            "区 县 区县 区/县 收货区 收货区县 收件区 收件区县 收货人区 收件人区 收货人区县 县区 市区县 "
            "收货地区 District County Area"
        ),
    ),
    "region": ("省市区 所在地区 地区 收货省市区 省市区县 省/市/区 收货人地区 收件人地区 Region",),
    "town": ("街道 乡镇 街道/乡镇 镇 乡镇街道 收货街道 Town",),
    "style_no": (
        "款号 款式编码 款式编号 款式号 商品款号 StyleNo Style StyleNumber",
        "货号 商品货号 货品编号 型号 ItemNo",
        (
            "商家编码-商品维度 商品商家编码 商家编码 商品编码 商品外部编码 外部编码 外部系统编号 商品编号 "
            "货品编码 产品编码 商品代码 商家商品编码"
        ),
    ),
    "colour": (
        "颜色 颜色名称 Colour Color",
        "颜色分类",
    ),
    "size": (
        "尺码 码数 鞋码 Size",
        "规格 尺寸",
    ),
    "colour_and_size": (
        (
            "商品规格 颜色规格 颜色及规格 颜色尺码 颜色/尺码 规格属性 销售属性 SKU属性 商品属性 规格名称 "
            "规格型号 sku规格 商品规格属性 颜色及尺码 属性 商品销售属性 规格信息 款式规格 Specification "
            "Variant"
        ),
    ),
    "barcode": ("条码 条形码 商品条码 69码 国标码 国际条码 SKU条码 Barcode EAN EAN13",),
    "sku_code": ("商家编码-SKU维度 规格编码 SKU编码 SKU商家编码 规格商家编码 商品SKU编码 SKU SKUID SkuCode",),
    "units": (
        (
            "数量 件数 购买数量 下单数量 商品数量 订购数量 宝贝数量 宝贝总数量 购买件数 商品件数 订货数量 "
            "需求数量 Units Qty Quantity"
        ),
    ),
    "remark": (
        "备注 订单备注 商家备注 卖家备注 发货备注 Remark Remarks Note",
        "买家留言 买家备注 客户留言 买家附言 留言",
    ),
    "status": (
        "订单状态 交易状态 状态 发货状态 OrderStatus Status",
        "售后状态 退款状态 售后 退款 是否退款 RefundStatus",
    ),
    "name": ("品名 商品名称 商品 商品标题 宝贝标题 选购商品 货品名称 产品名称 名称 ProductName Title",),
}
_PATTERNS: Final = (
    (r"(?:收货|收件)人?.{0,2}手机|(?:收货|收件).*手机|receiver.*mobile", "mobile"),
    (r"(?:收货|收件).{0,3}(?:电话|联系)|receiver.*phone", "phone"),
    (r"(?:收货|收件)人?.{0,2}(?:姓名|名字|名称)|receiver.*name", "recipient"),
    (r"(?:收货|收件).{0,3}地址|receiver.*address", "address"),
    (r"(?:收货|收件).{0,2}省", "province"),
    (r"(?:收货|收件).{0,2}城?市", "city"),
    (r"(?:收货|收件).{0,2}[区县]", "district"),
    (r"款号|款式编", "style_no"),
    (r"条形?码|barcode", "barcode"),
    (r"(?:购买|下单|订购|商品|需求|订货).{0,2}(?:数量|件数)", "units"),
    (r"订单.{0,3}(?:编?号|id)$", "order_ref"),
    (r"订单状态|交易状态|退款状态|售后状态", "status"),
)  # fmt: skip
_NEVER: Final = (
    "时间|日期|费|金额|重量|体积|链接|网址|url|图|类型|发货人|寄件|发件|寄方|退货|退款数|已退|库存|快递|物流|运单|邮编|会员"
    "|账号|卖家"
)
LOOKUP: Final = HeadingWords(
    _WORDS,
    patterns=_PATTERNS,
    never=_NEVER,
    combined={
        frozenset({"colour", "size"}): "colour_and_size",
        frozenset({"recipient", "phone", "address"}): "contact",
        frozenset({"recipient", "mobile", "address"}): "contact",
        frozenset({"province", "city", "district"}): "region",
        frozenset({"province", "city"}): "region",
    },
)
