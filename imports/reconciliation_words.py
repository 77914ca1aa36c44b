"""The headings of reconciliation lists 对账表: what brands and their programs call what they shipped and are owed."""

from __future__ import annotations

from typing import Final

from imports.record_sheet.words import HeadingWords

_WORDS: Final = {
    "order_no": (
        "订单号 订单编号 平台订单号 平台订单编号 平台单号 订单ID 订单号码 线上订单号 主订单号 主订单编号 OrderNo OrderNumber OrderID",
        "原始单号 外部订单号 店铺订单号 客户订单号 来源单号 Order",
    ),
    "line_no": (
        "明细号 明细编号 明细ID 订单明细号 订单明细编号 结算明细号 LineNo LineID LineNumber",
        "子订单号 子订单编号 子订单ID",
    ),
    "style_no": (
        "款号 款式编码 款式编号 商品款号 StyleNo Style StyleNumber",
        "货号 商品货号 商品编码 商品编号 货品编号 商家编码 商品商家编码",
    ),
    "colour": ("颜色 颜色名称 Colour Color", "颜色分类"),
    "size": ("尺码 码数 尺寸 Size",),
    "goods_text": ("规格 商品规格 颜色规格 颜色及规格 颜色尺码 规格属性 销售属性 SKU属性 商品属性 规格名称",),
    "barcode": (
        "条码 条形码 商品条码 69码 国标码 国际条码 SKU条码 Barcode EAN EAN13",
        "SKU编码 SKU码 SKU编号 规格编码 SKU SKUCode",
    ),
    "units": (
        "售出件数 销售件数 发货件数 成交件数 出库件数 售出数量 销售数量 发货数量 成交数量 出库数量 SoldUnits UnitsSold ShippedUnits",
        "件数 数量 商品数量 购买数量 订货数量 商品件数 Units Qty Quantity",
    ),
    "refunded_units": (
        "退款件数 退货件数 退款数量 退货数量 退件数 退回件数 退回数量 退货退款件数 RefundedUnits ReturnedUnits ReturnQty",
    ),
    "sold": ("成交额 成交金额 销售额 销售金额 订单金额 商品金额 货值 SalesAmount SoldAmount GrossSales Sold",),
    "refunded": ("退款额 退款金额 退货金额 退货额 退货退款金额 退款 RefundAmount RefundedAmount Refund Refunds Refunded",),
    "commission": (
        "佣金 平台佣金 佣金金额 佣金额 扣点金额 平台扣点 平台服务费 技术服务费 服务费 Commission CommissionAmount PlatformFee",
    ),
    "payable": (
        (
            "应结货款 应付货款 应收货款 应得货款 应结金额 应付金额 应收金额 应得金额 应结 应付 应收 结算金额 结算货款 结算额 实结金额 "
            "Payable AmountPayable PayableAmount NetPayable AmountDue SettlementAmount Owed"
        ),
        "货款 货款金额 结算 金额 Amount Net",
    ),
    "tracking_no": (
        (
            "快递单号 运单号 物流单号 快递号 运单编号 物流编号 跟踪号 快递编号 运单号码 快递单号码 快递运单号 面单号 电子面单号 包裹单号 "
            "TrackingNo TrackingNumber Tracking WaybillNo Waybill AWB"
        ),
    ),
    "unit_price": (
        "单价 成交单价 货款单价 佣金单价 结算单价 供货价 供货单价 拿货价 吊牌价 折扣 佣金率 佣金比例 扣点 费率 Price UnitPrice Rate",
    ),
    "adjustment": ("退款调整 货款调整 快递承担 运费 邮费 快递费 调整 差额 差异 Freight Adjustment Difference",),
    "day": (
        "日期 下单日期 下单时间 付款日期 付款时间 支付时间 发货日期 发货时间 成交时间 结算日期 结算时间 账期 月份 Date OrderDate ShipDate",
    ),
    "number": ("序号 编号 行号 No #",),
    "sale": ("专场 专场名称 活动 活动名称 场次 店铺 店铺名称 渠道 平台 Sale Shop Channel",),
    "consignment_no": ("发货单号 发货单 发货单编号 ConsignmentNo",),
    "carrier": ("快递公司 物流公司 承运商 快递 物流 Carrier Courier",),
    "contact": ("收货人 收件人 姓名 手机 手机号 电话 联系电话 收货地址 地址 省 市 区 Recipient Phone Address",),
    "remark": ("备注 说明 卖家备注 买家备注 商家备注 Remark Remarks Note",),
    "status": ("订单状态 发货状态 物流状态 状态 结算状态 售后状态 Status OrderStatus",),
    "name": ("品名 商品名称 商品 商品标题 货品名称 产品名称 名称 品牌 类目 ProductName Brand Category",),
}  # fmt: skip
_PATTERNS: Final = (
    (r"退.{0,4}(?:件数?|数量?)$", "refunded_units"),
    (r"退.{0,4}(?:额|金)$", "refunded"),
    (r"佣金|服务费|commission", "commission"),
    (r"应[结付收得]|结算.{0,2}额|payable", "payable"),
    (r"(?:快递|物流|运|跟踪|追踪|面).{0,3}单(?:编?号|号码)|tracking|waybill", "tracking_no"),
    (r"订单.{0,3}(?:编?号|id)$", "order_no"),
    (r"(?:销售|成交|售出|发货|出库).{0,2}(?:件数?|数量?)$", "units"),
    (r"(?:销售|成交).{0,3}额$", "sold"),
)
_NEVER: Final = "单价|率|比例|时间|日期|状态|备注|调整|累计|差|税|运费|链接|图|原因|类型|公司|合计|总"
LOOKUP: Final = HeadingWords(
    _WORDS, patterns=_PATTERNS, never=_NEVER, combined={frozenset({"colour", "size"}): "goods_text"}
)
CONTEXT: Final = frozenset({
    "unit_price", "adjustment", "day", "number", "sale", "consignment_no", "carrier", "contact", "remark", "status", "name",
})  # fmt: skip
"""Columns that are known and not compared."""
OTHER_SHEETS: Final = frozenset({"异议", "扣款", "前欠", "结算单"})
"""Sheets of the platform's own workbook of a statement beside its lines."""
