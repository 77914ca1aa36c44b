"""The headings of tracking sheets: our own list to ship out, and what brands' programs and marketplaces export."""

from __future__ import annotations

from typing import Final

from imports.record_sheet.words import HeadingWords

_WORDS: Final = {
    "consignment_no": (
        (
            "发货单号 发货单 发货单编号 发货单ID 包裹号 发货单号码 ConsignmentNo Consignment "
            "ConsignmentID ConsignmentNumber"
        ),
    ),
    "line_no": ("明细号 明细编号 明细ID 订单明细号 LineNo LineID",),
    "order_no": (
        (
            "订单号 订单编号 平台订单号 平台单号 原始单号 外部订单号 订单ID 线上单号 线上订单号 子订单号 "
            "子订单编号 主订单编号 交易编号 系统单号 系统订单号 ERP单号 出库单号 销售单号 单据编号 单据号 "
            "客户订单号 店铺订单号 OrderNo OrderNumber OrderID Order"
        ),
    ),
    "recipient": (
        (
            "收货人 收件人 姓名 收货人姓名 收件人姓名 收货姓名 收件姓名 联系人 客户姓名 收方姓名 "
            "Recipient Name Consignee"
        ),
    ),
    "phone": (
        (
            "手机 手机号 手机号码 收货人手机 收件人手机 收货人手机号 收件人手机号 联系手机 收方手机 "
            "收货手机 收件手机 Mobile 电话 联系电话 收货人电话 收件人电话 收货电话 收件电话 联系方式 "
            "电话号码 收方电话 固话 固定电话 座机 Phone Tel Telephone"
        ),
    ),
    "address": (
        "收货地址 收件地址 收货人地址 收件人地址 地址 详细地址 详细收货地址 收方地址 Address",
        ("省 省份 市 城市 区 县 区县 街道 乡镇 收货省 收货市 收货区 收件省 收件市 收件区 Province City District"),
    ),
    "style_no": (
        "款号 款式编码 款式编号 商品款号 StyleNo Style",
        ("货号 商品货号 商品编码 商品编号 货品编号 商家编码 商品商家编码 商家编码-商品维度 商品外部编码"),
    ),
    "colour": (
        "颜色 颜色名称 Colour Color",
        "颜色分类",
    ),
    "size": ("尺码 码数 尺寸 Size",),
    "goods_text": ("规格 商品规格 颜色规格 颜色及规格 颜色尺码 规格属性 销售属性 SKU属性 商品属性 规格名称",),
    "barcode": ("条码 条形码 商品条码 69码 国标码 国际条码 SKU条码 Barcode EAN EAN13",),
    "units": ("数量 件数 商品数量 购买数量 发货数量 应发数量 订货数量 商品件数 Units Qty Quantity",),
    "short_units": ("缺货数 缺货数量 缺货件数 缺货 短缺数 短缺数量 缺件数 ShortUnits OutOfStock",),
    "carrier": (
        (
            "快递公司 物流公司 承运商 快递 物流 承运公司 快递名称 物流名称 快递公司名称 物流公司名称 "
            "物流商 物流商名称 快递商 承运人 承运商名称 配送公司 运输服务 运输公司 物流服务商 快递服务商 "
            "物流承运商 快递企业 寄件公司 发货快递 发货物流 运输商 Carrier Courier CarrierName Logistics"
        ),
        (
            "快递公司编码 物流公司编码 快递公司代码 物流公司代码 快递编码 物流编码 快递代码 承运商编码 "
            "承运商代码 物流商编码 CarrierCode ShipperCode"
        ),
    ),
    "shipping_method": ("物流方式 快递方式 发货方式 物流渠道 快递类型 运送方式 配送方式 ShippingMethod",),
    "tracking_no": (
        (
            "快递单号 运单号 物流单号 快递号 运单编号 物流编号 跟踪号 追踪号 快递编号 运单号码 快递单号码 "
            "快递运单号 物流运单号 物流号 货运单号 货运单编号 快件单号 面单号 电子面单号 快递面单号 "
            "物流跟踪号 跟踪单号 追踪单号 物流追踪号 包裹单号 邮件号 邮件号码 邮件编号 运输单号 配送单号 "
            "承运单号 快递跟踪号 TrackingNo TrackingNumber Tracking WaybillNo Waybill AWB LogisticCode "
            "TrackingCode"
        ),
        "单号 快递单 运单 面单",
    ),
    "carrier_and_number": ("快递信息 物流信息 快递公司单号 物流公司单号 快递公司及单号 物流公司及单号 快递公司和单号",),
    "labelling": ("吊牌处理 剪标 Labelling",),
    "remark": ("备注 卖家备注 买家留言 买家备注 商家备注 订单备注 客服备注 发货备注 Remark Remarks Note",),
    "status": ("订单状态 发货状态 物流状态 状态 交易状态 Status OrderStatus",),
    "name": ("品名 商品名称 商品 商品标题 宝贝标题 货品名称 产品名称 名称 ProductName",),
}
_PATTERNS: Final = (
    (r"缺货|短缺", "short_units"),
    (r"(?:快递|物流|运|跟踪|追踪|面).{0,3}单(?:编?号|号码)|(?:跟踪|追踪|运单|快递|物流)编?号|tracking|waybill", "tracking_no"),
    (r"(?:快递|物流|承运|配送|运输).{0,2}(?:公司|商|企业)|carrier|courier", "carrier"),
    (r"发货单", "consignment_no"),
    (r"订单.{0,3}(?:编?号|id)$", "order_no"),
    (r"(?:收货|收件)人?.{0,2}(?:手机|电话)", "phone"),
    (r"(?:收货|收件)人?.{0,2}地址", "address"),
)  # fmt: skip
_NEVER: Final = (
    "退|换货|原|旧|上次|历史|时间|日期|费|金额|重量|体积|状态|链接|网址|url|图|数量|备注|类型|客服|网点|揽|单数|模板"
    "|寄件人|发件|寄方"
)
LOOKUP: Final = HeadingWords(
    _WORDS, patterns=_PATTERNS, never=_NEVER,
    combined={frozenset({"colour", "size"}): "goods_text", frozenset({"carrier", "tracking_no"}): "carrier_and_number"},
)  # fmt: skip
