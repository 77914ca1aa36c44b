"""States and fields as a brand's clerk reads them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Toned = dict[str, tuple[str | Promise, str]]

UPLOAD_STATES: Toned = {
    "received": (_("排队中"), "busy"),
    "reading": (_("读取中"), "busy"),
    "question": (_("待您回答"), "wait"),
    "preview": (_("待您确认"), "wait"),
    "refused": (_("无法读取"), "bad"),
    "applied": (_("已入库"), "good"),
    "cancelled": (_("已取消"), "plain"),
    "undone": (_("已撤销"), "plain"),
}
ENQUIRY_STATES: dict[str, str | Promise] = {"open": _("待答复"), "answered": _("已答复"), "closed": _("已结束")}
SHIPPING_UPLOAD_STATES: Toned = {
    "received": (_("排队中"), "busy"),
    "reading": (_("读取中"), "busy"),
    "question": (_("待您回答"), "wait"),
    "done": (_("已处理"), "good"),
    "refused": (_("无法读取"), "bad"),
    "cancelled": (_("已取消"), "plain"),
}
COMPARISON_STATES: Toned = {
    "received": (_("排队中"), "busy"),
    "reading": (_("比对中"), "busy"),
    "question": (_("待您回答"), "wait"),
    "done": (_("已比对"), "good"),
    "refused": (_("无法读取"), "bad"),
    "cancelled": (_("已取消"), "plain"),
}
PHASES: Toned = {
    "waiting": (_("待预告"), "plain"),
    "preview": (_("预告中"), "busy"),
    "live": (_("热卖中"), "hot"),
    "ended": (_("已结束"), "plain"),
    "cancelled": (_("已取消"), "bad"),
    "draft": (_("草稿"), "plain"),
}
CONSIGNMENT_STATES: Toned = {
    "to_ship": (_("待发货"), "wait"),
    "partly_shipped": (_("部分已发"), "busy"),
    "shipped": (_("已发货"), "good"),
    "cancelled": (_("已取消"), "plain"),
}
PARCEL_STATUSES: Toned = {
    "shipped": (_("已发出"), "plain"),
    "in_transit": (_("运输中"), "busy"),
    "delivering": (_("派送中"), "busy"),
    "at_pickup": (_("待取件"), "busy"),
    "delivered": (_("已签收"), "good"),
    "problem": (_("物流异常"), "bad"),
    "returning": (_("退回中"), "bad"),
    "returned": (_("已退回"), "bad"),
}
STATEMENT_KINDS: Toned = {
    "sale": (_("按专场"), "plain"),
    "month": (_("按月"), "plain"),
    "delivery": (_("按发货日"), "plain"),
}
STATEMENT_STATES: Toned = {
    "draft": (_("核算中"), "busy"),
    "sent": (_("请确认"), "wait"),
    "disputed": (_("异议待答复"), "busy"),
    "confirmed": (_("已确认"), "busy"),
    "settled": (_("待打款"), "wait"),
    "paid": (_("已打款"), "good"),
    "closed": (_("已完结"), "plain"),
}
LEFT_OUT: dict[str, str | Promise] = {
    "unsafe_name": _("文件名不安全"),
    "not_a_picture": _("不是图片"),
    "encrypted": _("有密码"),
    "too_large": _("超过 20 MB"),
    "no_style": _("没有这个款号"),
    "unknown_colour": _("这款没有这个颜色"),
    "style_is_full": _("这款的图片已满"),
    "not_a_zip": _("打不开，请传 ZIP 文件"),
    "too_many_files": _("文件太多，请分几个包上传"),
    "too_large_inside": _("解开后太大，请分几个包上传"),
    "file_missing": _("文件没有保存好，请重新上传"),
    "reader_died": _("这个包处理不了，请重新打包后再传"),
}
"""Why a file of an archive of pictures was left out, or the archive refused."""
FIELDS: dict[str, str | Promise] = {
    "style_no": _("款号"),
    "name": _("品名"),
    "category": _("类目"),
    "season": _("季节"),
    "year": _("年份"),
    "gender": _("性别"),
    "picture": _("图片"),
    "fabric": _("面料成分"),
    "origin": _("产地"),
    "selling_point": _("卖点"),
    "defects": _("瑕疵说明"),
    "colour": _("颜色"),
    "size": _("尺码"),
    "barcode": _("条码"),
    "tag_price": _("吊牌价"),
    "base_price": _("供货价"),
    "quantity": _("库存"),
    "on_hand": _("库存"),
}
SHIPPING_HEADINGS: dict[str, str | Promise] = {
    "发货单号": _("发货单号"),
    "快递公司": _("快递公司"),
    "快递单号": _("快递单号"),
    "数量": _("数量"),
    "款号": _("款号"),
}
IGNORED: dict[str, str | Promise] = {
    "title": _("标题"),
    "blank": _("空行"),
    "header": _("表头"),
    "repeated_header": _("重复的表头"),
    "subtotal": _("小计"),
    "total": _("合计"),
    "footer": _("页脚"),
    "contact": _("联系方式"),
    "instruction": _("填写说明"),
    "example_row": _("示例行"),
    "category_line": _("类目行"),
    "card": _("商品卡片的标题"),
    "hidden_sheet": _("隐藏的工作表"),
    "summary": _("汇总行"),
    "summary_sheet": _("汇总表，与明细重复"),
    "summed": _("已并入同一货品的另一行"),
    "no_table": _("没有表格的工作表"),
    "no_stock": _("没有库存"),
    "not_shipped": _("还没发货"),
    "duplicate": _("重复的行"),
    "not_open": _("订单已取消、已退款、未付款或已发货"),
    "unanswered": _("等您回答哪一列是什么"),
    "note": _("备注"),
    "size_chart": _("尺码表"),
}
