"""What codes are called on the desk, in the language of the person."""

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from console.rehearsal_words import CURVES
from kernel.money import display_yuan, parse_yuan
from kernel.period import SHANGHAI
from membership.rules.tiers import Tier
from web import carriers
from web.case_words import REFUND_REASONS

BRAND_STATES: dict[str, tuple[Promise, str]] = {
    "applied": (_("待审核"), "wait"),
    "admitted": (_("已入驻"), "good"),
    "refused": (_("已拒绝"), "bad"),
    "suspended": (_("已暂停"), "bad"),
    "closed": (_("账户已关闭"), "plain"),
}
PHASES: dict[str, tuple[Promise, str]] = {
    "draft": (_("草稿"), "plain"),
    "waiting": (_("已发布，未预告"), "busy"),
    "preview": (_("预告中"), "busy"),
    "live": (_("进行中"), "hot"),
    "ended": (_("已结束"), "good"),
    "cancelled": (_("已取消"), "bad"),
}
DRAW_STATES: dict[str, tuple[Promise, str]] = {
    "draft": (_("草稿"), "plain"),
    "waiting": (_("未开始报名"), "busy"),
    "open": (_("报名中"), "hot"),
    "closed": (_("待抽签"), "busy"),
    "drawn": (_("已抽签"), "good"),
    "called_off": (_("未举行"), "bad"),
}
WAITING_ENDS: dict[str, tuple[Promise, str]] = {
    "served": (_("已下单"), "good"),
    "lapsed": (_("过时未下单"), "bad"),
    "declined": (_("放弃"), "plain"),
    "withdrawn": (_("退出"), "plain"),
    "sale_over": (_("专场已结束"), "plain"),
}
SALE_JOB_KINDS: dict[str, tuple[Promise, str]] = {
    "fill_stock": (_("放入可用库存"), "plain"),
    "fill_sheet": (_("按表格放入商品"), "plain"),
    "publish": (_("发布专场"), "plain"),
}
SALE_JOB_STATES: dict[str, tuple[Promise, str]] = {
    "waiting": (_("进行中"), "busy"),
    "done": (_("已完成"), "good"),
    "refused": (_("没有通过"), "bad"),
    "cancelled": (_("已取消"), "plain"),
    "failed": (_("失败"), "bad"),
}
SALE_JOB_STEPS: dict[str, tuple[Promise, str]] = {
    "reading": (_("读取表格"), "plain"),
    "matching": (_("对应商品"), "plain"),
    "writing": (_("放入商品"), "plain"),
    "stock": (_("核对并锁定库存"), "plain"),
    "prices": (_("计算六个等级的价格"), "plain"),
    "items": (_("占用库存"), "plain"),
    "lists": (_("生成商品列表"), "plain"),
    "search": (_("建立搜索"), "plain"),
}
ORDER_STATES: dict[str, tuple[Promise, str]] = {
    "unpaid": (_("待付款"), "wait"),
    "paid": (_("已付款"), "good"),
    "cancelled": (_("已取消"), "bad"),
}
SHIPPING_STATES: dict[str, tuple[Promise, str]] = {
    "": (_("未付款"), "plain"),
    "to_ship": (_("待发货"), "wait"),
    "partly_shipped": (_("部分已发"), "busy"),
    "shipped": (_("已发货"), "good"),
    "cancelled": (_("无需发货"), "plain"),
}
STATEMENT_KINDS: dict[str, tuple[Promise, str]] = {
    "sale": (_("按专场"), "plain"),
    "month": (_("按月"), "plain"),
    "delivery": (_("按发货日"), "plain"),
}
FEE_KINDS: dict[str, Promise] = {
    "late_shipment": _("超时发货"),
    "shortage": _("缺货"),
    "fault_return": _("质量退货"),
}
FEE_BASES: dict[str, Promise] = {
    "line": _("每行固定金额"),
    "unit": _("每件固定金额"),
    "payable_rate": _("货款的比例"),
    "price_rate": _("成交价的比例"),
}
STATEMENT_STATES: dict[str, tuple[Promise, str]] = {
    "draft": (_("待定稿"), "wait"),
    "sent": (_("待品牌确认"), "busy"),
    "disputed": (_("品牌有异议"), "wait"),
    "confirmed": (_("已确认，待结算"), "wait"),
    "settled": (_("待付款给品牌"), "busy"),
    "paid": (_("已付款给品牌"), "good"),
    "closed": (_("已完结"), "plain"),
}
PARTIES: dict[str, Promise] = {
    "brand": _("品牌"),
    "platform": _("平台"),
    "carrier": _("快递"),
    "reseller": _("代购"),
}
DISPOSITIONS: dict[str, Promise] = {"brand": _("留在品牌"), "stock": _("退回库存再卖")}
GROWTH_KINDS: dict[str, Promise] = {
    "purchase": _("购货"),
    "refund": _("退款收回"),
    "invitation": _("邀请奖励"),
    "keep_bonus": _("保级奖励"),
    "adjustment": _("人工调整"),
    "tier_match": _("试用等级"),
    "cancellation": _("发货前取消"),
    "shipment": _("发货"),
    "shortage": _("缺货收回"),
}
COMPARED: dict[str, tuple[Promise, str]] = {
    "wechat_bill": (_("微信账单"), "plain"),
    "alipay_bill": (_("支付宝账单"), "plain"),
    "wechat_balance": (_("微信余额"), "plain"),
    "alipay_balance": (_("支付宝余额"), "plain"),
    "balances": (_("各账户余额"), "plain"),
}
RECONCILIATION_STATES: dict[str, tuple[Promise, str]] = {
    "received": (_("排队中"), "busy"),
    "reading": (_("比对中"), "busy"),
    "question": (_("待品牌回答"), "wait"),
    "done": (_("已比对"), "good"),
    "refused": (_("无法读取"), "bad"),
    "cancelled": (_("已取消"), "plain"),
}
COMPARISON_STATES: dict[str, tuple[Promise, str]] = {
    "waiting": (_("等账单"), "wait"),
    "agrees": (_("一致"), "good"),
    "differs": (_("有差异"), "bad"),
}
CLOSE_DIFFERENCE_STATES: dict[str, tuple[Promise, str]] = {
    "open": (_("没处理"), "bad"),
    "explained": (_("已说明"), "wait"),
    "resolved": (_("已消除"), "good"),
}
CLOSE_DIFFERENCES: dict[str, Promise] = {
    "balance": _("余额与分录之和不符"),
    "provider_balance": _("渠道余额与账上不符"),
}
LATE_REFUND = _("定稿后退款")
MONEY_REQUEST_KINDS: dict[str, Promise] = {
    "top_up": _("充值"),
    "deposit": _("保证金"),
    "payout": _("付款给品牌"),
    "withdrawal": _("提现"),
    "deposit_return": _("退保证金"),
    "reversal": _("冲正"),
    "bank_return": _("付款退回"),
    "wallet_credit": _("钱包加款"),
    "wallet_debit": _("钱包扣款"),
    "deposit_deduction": _("扣保证金"),
    "payment_to_wallet": _("金额不符的付款收进钱包"),
    "payment_to_source": _("金额不符的付款退回来处"),
    "refund_to_wallet": _("退不出的退款留在钱包"),
    "refund_to_bank": _("退不出的退款付到银行"),
}
INVOICE_STATES: dict[str, tuple[Promise, str]] = {
    "requested": (_("等导出"), "wait"),
    "exported": (_("开票中"), "busy"),
    "issued": (_("已开票"), "good"),
    "refused": (_("已退回"), "bad"),
    "withdrawn": (_("已撤回"), "plain"),
    "reversed": (_("已红冲"), "plain"),
}
INVOICE_KINDS: dict[str, tuple[Promise, str]] = {
    "goods": (_("商品货款"), "plain"),
    "fees": (_("佣金和费用"), "plain"),
}
ISSUERS: dict[str, Promise] = {"brand": _("品牌"), "platform": _("平台")}
CLOSING_STATES: dict[str, tuple[Promise, str]] = {
    "waiting": (_("等另一人复核"), "wait"),
    "closed": (_("已关闭"), "plain"),
    "refused": (_("没有同意"), "bad"),
    "cancelled": (_("已撤回"), "plain"),
}
BANK_STATEMENT_STATES: dict[str, tuple[Promise, str]] = {
    "preview": (_("待入库"), "wait"),
    "committed": (_("已入库"), "good"),
    "cancelled": (_("已取消"), "plain"),
}
BANK_STATEMENT_LINE_STATES: dict[str, tuple[Promise, str]] = {
    "open": (_("没处理"), "wait"),
    "entered": (_("待复核"), "busy"),
    "booked": (_("已入账"), "good"),
    "set_aside": (_("已搁置"), "plain"),
    "provider": (_("渠道结算，账单已入账"), "plain"),
}
MATCHES: dict[str, tuple[Promise, str]] = {
    "certain": (_("转账码"), "good"),
    "proposed": (_("可能是"), "wait"),
    "entered": (_("已经录入过"), "plain"),
    "payout": (_("我方付款"), "plain"),
    "came_back": (_("像是付款退回"), "wait"),
    "provider": (_("支付渠道结算"), "plain"),
    "unknown": (_("认不出"), "bad"),
}
TRANSFER_CLAIM_STATES: dict[str, tuple[Promise, str]] = {
    "waiting": (_("等核对"), "wait"),
    "found": (_("已查到，等复核"), "busy"),
    "booked": (_("已入账"), "good"),
    "not_found": (_("没有查到"), "bad"),
    "cancelled": (_("已撤回"), "plain"),
}
MONEY_REQUEST_STATES: dict[str, tuple[Promise, str]] = {
    "waiting": (_("待复核"), "wait"),
    "approved": (_("已复核"), "good"),
    "in_batch": (_("付款中"), "busy"),
    "paid": (_("已付"), "good"),
    "returned": (_("已退回"), "bad"),
    "reversed": (_("已冲正"), "bad"),
    "refused": (_("未通过"), "bad"),
    "cancelled": (_("已撤回"), "plain"),
}
BANK_ACCOUNT_STATES: dict[str, tuple[Promise, str]] = {
    "waiting": (_("待审核"), "wait"),
    "approved": (_("在用"), "good"),
    "replaced": (_("已更换"), "plain"),
    "returned": (_("付款被退"), "bad"),
    "refused": (_("未通过"), "bad"),
}
BATCH_STATES: dict[str, tuple[Promise, str]] = {
    "made": (_("待下载"), "wait"),
    "downloaded": (_("待银行付款"), "busy"),
    "confirmed": (_("已付"), "good"),
}
CLAIM_STATES: dict[str, tuple[Promise, str]] = {
    "open": (_("待索赔"), "wait"),
    "claimed": (_("已索赔"), "busy"),
    "paid": (_("已赔"), "good"),
    "rejected": (_("拒赔"), "bad"),
}
PAYMENT_OUTCOMES: dict[str, Promise] = {
    "paid": _("订单已付清"),
    "paid_late": _("晚到的款：货已再次取到，订单已付清"),
    "already_paid": _("订单先前已付，款退给会员"),
    "cancelled": _("订单已取消，款退给会员"),
    "ordered_again": _("会员已重新下单，款退给会员"),
    "sale_over": _("时限已过且专场已结束，款退给会员"),
    "sold_out": _("时限已过且货已抢完，款退给会员"),
    "over_limit": _("时限已过且会超出限购，款退给会员"),
    "wish_changed": _("时限已过且顾客的心愿改过，款退给会员"),
    "wish_withdrawn": _("时限已过且顾客撤回了心愿，款退给会员"),
    "account_closed": _("账户已关闭，没有付这一单，款待退"),
    "wish_answered": _("时限已过且会员已答复心愿，款退给会员"),
    "too_little": _("不够付这一单，款退给会员"),
}
RECEIVED_STATES: dict[str, tuple[Promise, str]] = {
    "applied": (_("已付订单"), "good"),
    "late": (_("晚到，已付订单"), "busy"),
    "credited": (_("在会员钱包"), "wait"),
}
PROVIDER_PAYMENT_STATES: dict[str, tuple[Promise, str]] = {
    "open": (_("待付"), "wait"),
    "paid": (_("已到账"), "good"),
    "closed": (_("已关闭"), ""),
    "differs": (_("不符"), "bad"),
}
SOURCE_REFUND_STATES: dict[str, tuple[Promise, str]] = {
    "waiting": (_("待渠道受理"), "wait"),
    "processing": (_("渠道处理中"), "busy"),
    "abnormal": (_("异常"), "bad"),
    "succeeded": (_("已退回"), "good"),
    "failed": (_("未退成，已回钱包"), "bad"),
}
PROVIDER_BILL_STATES: dict[str, tuple[Promise, str]] = {
    "wanted": (_("待下载"), "wait"),
    "taken": (_("已下载"), "good"),
    "empty": (_("当天没有"), ""),
}
BILL_KINDS: dict[str, tuple[Promise, str]] = {"trade": (_("交易账单"), ""), "fund": (_("资金账单"), "")}
BILL_DIFFERENCES: dict[str, tuple[Promise, str]] = {
    "payment_not_booked": (_("账单有收款，没有入账"), "bad"),
    "payment_not_in_bill": (_("入了账，账单没有这笔收款"), "bad"),
    "payment_amount": (_("收款金额不同"), "bad"),
    "refund_not_booked": (_("账单有退款，没有入账"), "bad"),
    "refund_not_in_bill": (_("退款入了账，账单没有"), "bad"),
    "refund_amount": (_("退款金额不同"), "bad"),
    "fees": (_("手续费不同"), "bad"),
}
PROVIDERS: dict[str, tuple[Promise, str]] = {"wechat": (_("微信支付"), ""), "alipay": (_("支付宝"), "")}
PAYMENT_WAYS: dict[str, tuple[Promise, str]] = {
    "wechat_qr": (_("微信扫码"), ""),
    "wechat_h5": (_("微信 H5"), ""),
    "wechat_jsapi": (_("微信内付款"), ""),
    "alipay_page": (_("支付宝网页"), ""),
    "alipay_wap": (_("支付宝手机网页"), ""),
}
PAYMENT_DIFFERENCES: dict[str, tuple[Promise, str]] = {
    "app": (_("应用"), ""),
    "merchant": (_("商户"), ""),
    "currency": (_("币种"), ""),
    "amount": (_("金额"), ""),
    "transaction": (_("渠道流水号"), ""),
}
CALLBACK_OUTCOMES: dict[str, tuple[Promise, str]] = {
    "booked": (_("已入账"), "good"),
    "known": (_("先前已入账"), ""),
    "noted": (_("不涉及到账"), ""),
    "stale": (_("太旧，已去查询"), "wait"),
    "unknown_number": (_("编号不认识"), "bad"),
    "differs": (_("不符"), "bad"),
}
SHORTFALLS: dict[str, Promise] = {"annual_sales": _("年销售额不足"), "offline_shops": _("线下门店不足")}
INVARIANTS: dict[int, Promise] = {
    1: _("库存：到手、已放入专场、可售、待付、已售的件数相符"),
    2: _("抢货：每次成功的抢货都是一张完整的订单"),
    3: _("资金：分录平衡，钱包不为负，订单与明细相符，退款不超过已付"),
    4: _("会员：成长值等于明细之和，等级符合规则"),
    5: _("专场：同一商品同一时刻只在一个专场"),
    6: _("邀请：奖励不超过一级"),
    7: _("依据：每笔入账、库存变动和订单明细都对应它所指的那一行，归属和金额无误"),
}
ROLES: dict[str, Promise] = {
    "ops": _("运营"),
    "finance": _("财务"),
    "brand": _("品牌"),
    "reseller": _("代购"),
    "system": _("系统"),
}
AUDIT_ACTIONS: dict[str, Promise] = {
    "analysis.request_workbook": _("要分析工作簿"),
    "analysis.download_workbook": _("下载分析工作簿"),
    "notices.choose": _("修改通知设置"),
    "notices.enter_address": _("填写通知地址"),
    "notices.verify_address": _("验证通知地址"),
    "notices.bind_wechat": _("绑定微信"),
    "notices.remove_address": _("删除通知地址"),
    "accounts.add_person": _("新增人员"),
    "accounts.change_password": _("修改密码"),
    "accounts.issue_token": _("签发接口令牌"),
    "accounts.revoke_tokens": _("作废接口令牌"),
    "accounts.set_password": _("在服务器上设定密码"),
    "accounts.issue_password_link": _("发出一次性设密链接"),
    "accounts.redeem_password_link": _("用一次性链接设新密码"),
    "accounts.deactivate": _("停用账号"),
    "accounts.reactivate": _("恢复账号"),
    "accounts.set_up_codes": _("绑定动态口令"),
    "accounts.replace_code_device": _("更换动态口令的手机"),
    "accounts.renew_recovery_codes": _("换新备用码"),
    "accounts.use_recovery_code": _("用掉一个备用码"),
    "accounts.wrong_code": _("动态口令填错"),
    "accounts.request_code_reset": _("提出重置动态口令"),
    "accounts.approve_code_reset": _("批准重置动态口令"),
    "accounts.refuse_code_reset": _("不重置动态口令"),
    "invoices.save_title": _("保存发票抬头"),
    "invoices.choose_title": _("选定默认发票抬头"),
    "invoices.remove_title": _("删除发票抬头"),
    "invoices.request": _("申请开票"),
    "invoices.withdraw": _("撤回开票申请"),
    "invoices.export": _("导出开票清单"),
    "invoices.put_into_file": _("放进开票清单"),
    "invoices.download": _("下载开票清单"),
    "invoices.issue": _("登记发票"),
    "invoices.refuse": _("退回开票申请"),
    "invoices.attach_file": _("上传发票文件"),
    "invoices.needs_red_letter": _("发现需要红冲"),
    "invoices.needs_no_red_letter": _("不再需要红冲"),
    "invoices.red_letter": _("登记红字发票"),
    "invoices.ask_correction": _("要求更正发票抬头"),
    "invoices.refuse_correction": _("不更正发票抬头"),
    "invoices.reverse": _("整张红冲并重开"),
    "invoices.set_issuer": _("设定开票方"),
    "closings.request": _("申请关闭账户"),
    "closings.closed": _("关闭账户"),
    "closings.refused": _("不同意关闭账户"),
    "closings.cancelled": _("撤回关闭账户"),
    "bank_statements.claim": _("登记转账"),
    "bank_statements.cancel_claim": _("撤回转账登记"),
    "bank_statements.claim_not_found": _("转账没有查到"),
    "bank_statements.upload": _("上传银行流水"),
    "bank_statements.commit": _("银行流水入库"),
    "bank_statements.cancel_upload": _("取消银行流水"),
    "bank_statements.set_aside": _("搁置流水行"),
    "accounts.begin_export": _("开始导出列表"),
    "accounts.end_export": _("导出列表结束"),
    "brands.apply": _("登记入驻申请"),
    "brands.admitted": _("同意入驻"),
    "brands.refused": _("拒绝入驻"),
    "brands.suspended": _("暂停合作"),
    "brands.closed": _("关闭品牌账户"),
    "brands.record_deposit": _("登记保证金"),
    "brands.add_clerk": _("新增品牌账号"),
    "brands.set_order_minimum": _("设定起订额"),
    "brands.set_return_address": _("设定退货地址"),
    "brands.set_admission_terms": _("修改入驻条件"),
    "inventory.set_brand_categories": _("设定可售类目"),
    "inventory.adjust": _("手工调整库存"),
    "inventory.receive_upload": _("上传库存文件"),
    "inventory.answer_upload": _("回答列的问题"),
    "inventory.zero_missing": _("选择清零文件中没有的商品"),
    "inventory.cancel_upload": _("放弃上传"),
    "inventory.apply_upload": _("库存入库"),
    "inventory.undo_upload": _("撤销入库"),
    "inventory.receive_archive": _("上传图片包"),
    "inventory.arrange_pictures": _("排列图片"),
    "inventory.set_picture_colours": _("标图片颜色"),
    "inventory.remove_picture": _("删除图片"),
    "inventory.set_size_chart": _("设定尺码表"),
    "inventory.mark_logo": _("标记图片有没有商标"),
    "flashsales.schedule": _("排期"),
    "flashsales.add_items": _("放入商品"),
    "flashsales.remove_items": _("移出商品"),
    "flashsales.request_job": _("提交后台任务"),
    "flashsales.cancel_job": _("取消后台任务"),
    "flashsales.set_limits": _("设定限购"),
    "flashsales.set_quantity_terms": _("设定起批与整手"),
    "flashsales.set_freight": _("设定运费"),
    "flashsales.set_head_start": _("设定提前开抢"),
    "flashsales.set_waiting_room": _("设定等候室"),
    "flashsales.set_draw": _("设定抽签"),
    "flashsales.draw": _("抽签"),
    "flashsales.price_draft": _("给排期专场定价"),
    "flashsales.publish": _("发布专场"),
    "rehearsals.request": _("开始演练"),
    "rehearsals.cancel": _("取消演练"),
    "flashsales.extend": _("延长专场"),
    "flashsales.end_early": _("提前结束"),
    "flashsales.cancel": _("取消专场"),
    "flashsales.close": _("收回未售库存"),
    "flashsales.pin_hero": _("置顶到首页"),
    "flashsales.unpin_hero": _("取消置顶"),
    "membership.join": _("加入会员"),
    "membership.issue_code": _("发放邀请码"),
    "membership.revoke_code": _("作废邀请码"),
    "membership.adjust": _("调整成长值"),
    "membership.match_tier": _("授予试用等级"),
    "membership.create_tier_table": _("录入等级表"),
    "membership.warn_of_downgrades": _("发出降级提醒"),
    "pricing.create_control": _("录入控价"),
    "pricing.end_control": _("设定控价结束日"),
    "pricing.withdraw_control": _("撤回控价"),
    "pricing.create_platform_terms": _("录入平台条款"),
    "pricing.create_commission": _("录入佣金"),
    "pricing.start_draft": _("新建规则草稿"),
    "pricing.adopt_draft": _("启用规则草稿"),
    "pricing.discard_draft": _("作废规则草稿"),
    "pricing.freeze_price_list": _("冻结价格表"),
    "orders.top_up": _("充值到账"),
    "orders.pay": _("付款"),
    "orders.pay_late": _("晚到的付款"),
    "orders.receive_payment": _("登记订单到账"),
    "orders.cancel_unpaid": _("取消未付订单"),
    "orders.expire_unpaid": _("超时未付，取消订单"),
    "orders.download_shipping_list": _("下载发货清单"),
    "orders.show_contact": _("查看收货人"),
    "orders.change_units": _("改未付订单的件数"),
    "orders.swap_item": _("未付订单换尺码"),
    "orders.take_out_line": _("从未付订单拿掉一行"),
    "orders.set_remark": _("改备注"),
    "orders.receive_upload": _("收到订单文件"),
    "orders.commit_upload": _("订单文件下单"),
    "orders.cancel_upload": _("取消订单文件"),
    "orders.ship": _("发货"),
    "orders.correct_tracking": _("改快递单号"),
    "orders.create_carrier": _("添加快递公司"),
    "orders.change_carrier": _("修改快递公司"),
    "aftersales.refund": _("退款"),
    "aftersales.exchange": _("换颜色尺码"),
    "aftersales.offer_substitute": _("推荐替代品"),
    "aftersales.accept_substitute": _("接受替代品"),
    "aftersales.decline_substitute": _("谢绝替代品"),
    "aftersales.open_case": _("申请售后"),
    "aftersales.choose_photo": _("选用或停用顾客照片"),
    "aftersales.mark_photo_logo": _("标记顾客照片有没有商标"),
    "aftersales.answer_fault_report": _("回复顾客反馈的问题"),
    "aftersales.approve": _("同意售后"),
    "aftersales.reject": _("拒绝售后"),
    "aftersales.withdraw": _("撤回售后申请"),
    "aftersales.send_back": _("寄回商品"),
    "aftersales.receive": _("收到退货"),
    "aftersales.refund_only": _("仅退款"),
    "aftersales.resend": _("品牌补发"),
    "aftersales.resend_short": _("补发缺货，已退款"),
    "aftersales.close_enquiry": _("结束咨询"),
    "aftersales.claim_from_carrier": _("向快递公司索赔"),
    "aftersales.carrier_paid_claim": _("赔款入账"),
    "aftersales.carrier_rejected_claim": _("快递公司拒赔"),
    "aftersales.pass_enquiry": _("咨询转给品牌"),
    "aftersales.receive_shipping_upload": _("收到发货文件"),
    "aftersales.choose_carriers": _("指明快递公司"),
    "aftersales.cancel_shipping_upload": _("取消发货文件"),
    "aftersales.expire": _("逾期未寄回，售后关闭"),
    "payments.start": _("发起在线付款"),
    "payments.book": _("在线付款到账"),
    "payments.close": _("在线付款过期"),
    "payments.end_difference": _("了结渠道回报的不符"),
    "payments.take_bill": _("渠道账单入账"),
    "payments.start_refund": _("发起原路退回"),
    "payments.refund_paid_out": _("原路退回到账"),
    "payments.refund_failed": _("原路退回未成"),
    "orders.choose_refunds": _("选择退款去向"),
    "settlement.generate_statement": _("生成结算单"),
    "settlement.drop_draft": _("没有明细的草稿作废"),
    "settlement.enter_terms": _("设定结算方式"),
    "settlement.enter_fee": _("约定费用"),
    "settlement.end_fee": _("终止费用约定"),
    "settlement.enter_waiver": _("免收费用"),
    "settlement.end_waiver": _("收回免收"),
    "settlement.send": _("定稿并发给品牌"),
    "settlement.confirm": _("确认结算单"),
    "settlement.dispute": _("提出异议"),
    "settlement.receive_list": _("上传对账表"),
    "settlement.cancel_list": _("取消对账表"),
    "settlement.answer": _("答复异议"),
    "settlement.settle": _("结算"),
    "settlement.close": _("完结结算单"),
    "settlement.pay_out": _("付款给品牌"),
    "treasury.enter_top_up": _("录入充值"),
    "treasury.enter_deposit": _("录入保证金"),
    "treasury.enter_payout": _("录入付款给品牌"),
    "treasury.enter_withdrawal": _("申请提现"),
    "treasury.enter_deposit_return": _("录入退保证金"),
    "treasury.enter_reversal": _("录入冲正"),
    "treasury.enter_wallet_credit": _("录入钱包加款"),
    "treasury.enter_wallet_debit": _("录入钱包扣款"),
    "treasury.enter_deposit_deduction": _("录入扣保证金"),
    "treasury.adjust": _("调整钱包（限额内）"),
    "treasury.enter_bank_return": _("登记付款退回"),
    "treasury.enter_payment_to_wallet": _("录入：金额不符的付款收进钱包"),
    "treasury.enter_payment_to_source": _("录入：金额不符的付款退回来处"),
    "treasury.enter_refund_to_wallet": _("录入：退不出的退款留在钱包"),
    "treasury.enter_refund_to_bank": _("录入：退不出的退款付到银行"),
    "treasury.create_batch": _("做付款批次"),
    "treasury.put_into_batch": _("放进付款批次"),
    "treasury.download_batch": _("下载付款文件"),
    "treasury.take_over_batch": _("接手付款批次"),
    "treasury.confirm_batch": _("确认批次已付"),
    "treasury.confirm_payment": _("确认已付"),
    "settlement.take_back_payout": _("付款退回，结算单重新待付"),
    "treasury.approve": _("复核入账"),
    "treasury.refused": _("复核未通过"),
    "treasury.cancelled": _("撤回录入"),
    "treasury.enter_account": _("录入收款账户"),
    "treasury.account_approved": _("审核收款账户"),
    "treasury.account_refused": _("拒绝收款账户"),
    "treasury.explain_difference": _("说明日结差异"),
    "treasury.show_account": _("显示完整账号"),
}
SUBJECTS: dict[str, Promise] = {
    "workbook": _("分析工作簿"),
    "transfer_claim": _("转账登记"),
    "bank_statement_upload": _("银行流水"),
    "bank_statement_line": _("流水行"),
    "brand": _("品牌"),
    "brand_terms": _("入驻条件"),
    "sale": _("专场"),
    "order": _("订单"),
    "payment": _("在线付款"),
    "consignment": _("发货单"),
    "carrier": _("快递公司"),
    "case": _("售后单"),
    "enquiry": _("咨询"),
    "fault_report": _("顾客反馈"),
    "photo": _("照片"),
    "reseller": _("代购"),
    "person": _("人员"),
    "statement": _("结算单"),
    "sku": _("商品"),
    "upload": _("库存文件"),
    "order_upload": _("订单文件"),
    "shipping_upload": _("发货文件"),
    "carrier_claim": _("快递索赔"),
    "money_request": _("资金复核"),
    "close_difference": _("日结差异"),
    "bank_account": _("收款账户"),
    "account_closing": _("关闭账户"),
    "invoice": _("开票申请"),
    "invoice_export": _("开票清单"),
    "invoice_title": _("发票抬头"),
    "transfer_batch": _("付款批次"),
    "invitation_code": _("邀请码"),
    "tier_table": _("等级表"),
    "rollover": _("月度重评"),
    "price_control": _("控价"),
    "platform_terms": _("平台条款"),
    "commission": _("佣金"),
    "rule_draft": _("规则草稿"),
    "price_list": _("价格表"),
}
DETAILS: dict[str, Promise] = {
    "job_kind": _("任务"),
    "difference": _("差异"),
    "rehearsal": _("演练"),
    "buyers": _("模拟买家人数"),
    "seconds": _("秒"),
    "curve": _("到场方式"),
    "invoice_number": _("发票号码"),
    "issued_on": _("开票日期"),
    "issuer": _("开票方"),
    "invoice_file": _("开票清单"),
    "invoice_title": _("抬头"),
    "invoice_items": _("明细行数"),
    "new_request": _("重开的申请"),
    "tax_number": _("税号"),
    "file_kind": _("文件类型"),
    "settled_by": _("结算方式"),
    "from_date": _("从哪天起"),
    "fee": _("费用"),
    "basis": _("怎么算"),
    "figure": _("金额或比例"),
    "waiver": _("免收编号"),
    "requests": _("笔数"),
    "batch": _("付款批次"),
    "left": _("还剩"),
    "provider": _("渠道"),
    "bill": _("账单"),
    "day": _("账单日"),
    "fees": _("手续费"),
    "to_bank": _("提现到银行"),
    "entered": _("录入笔数"),
    "file": _("文件"),
    "reason": _("原因"),
    "recipient_id": _("收货人编号"),
    "fault": _("责任方"),
    "borne_by": _("承担方"),
    "return_freight": _("退货运费"),
    "returns": _("退货运费"),
    "terms": _("运费"),
    "explanation": _("说明"),
    "first": _("开始日期"),
    "last": _("结束日期"),
    "sale": _("专场"),
    "paid": _("付款"),
    "disposition": _("货物去向"),
    "outcome": _("结果"),
    "amount": _("金额"),
    "total": _("金额"),
    "payable": _("应结货款"),
    "adjusted": _("异议更正"),
    "disputes": _("异议条数"),
    "reference": _("流水号"),
    "bank": _("开户银行"),
    "account": _("账号"),
    "number": _("付款编号"),
    "login": _("登录名"),
    "categories": _("类目"),
    "title": _("标题"),
    "starts_at": _("开始"),
    "from": _("原为"),
    "to": _("改为"),
    "skus": _("SKU"),
    "units": _("件数"),
    "limit": _("限购"),
    "minutes": _("提前分钟（体验至 VIP5）"),
    "admission_rate": _("每秒放行人数"),
    "entry_minutes": _("开抢后截止报名（分钟）"),
    "order_minutes": _("中签后下单（分钟）"),
    "entries": _("报名"),
    "items": _("单品限购"),
    "excluded": _("未放入"),
    "uses": _("次数"),
    "name": _("名称"),
    "carrier": _("快递公司"),
    "tracking_no": _("快递单号"),
    "tier": _("等级"),
    "zero": _("清零"),
    "from_month": _("生效月份"),
    "until": _("到"),
    "ends_on": _("结束日"),
    "from_at": _("生效"),
    "rate": _("费率"),
    "brand": _("品牌"),
    "draft": _("草稿"),
    "priced": _("已定价"),
    "warned": _("提醒人数"),
    "label": _("用途"),
    "filename": _("文件名"),
    "added": _("新增"),
    "changed": _("变更"),
    "zeroed": _("清零"),
    "size_charts": _("尺码表"),
    "style_no": _("款号"),
    "faults": _("错误"),
    "removed_skus": _("移除的 SKU"),
    "kept_skus": _("保留的 SKU"),
    "removed_styles": _("移除的款"),
    "prices_confirmed": _("已确认价格变动"),
    "revoked": _("作废个数"),
    "tokens": _("作废的接口令牌"),
    "token_id": _("令牌编号"),
    "expires_at": _("有效期至"),
    "list": _("价格表"),
    "export": _("列表"),
    "format": _("格式"),
    "filters": _("筛选"),
    "rows": _("行数"),
    "lines": _("行数"),
    "line": _("明细号"),
    "order_id": _("订单号"),
    "order": _("订单号"),
    "photos": _("照片张数"),
    "price": _("单价"),
    "take": _("下单方式"),
    "consignments": _("发货单数"),
    "complete": _("完整"),
    "category": _("类目编号"),
    "channel": _("渠道"),
    "on": _("打开的通知"),
    "off": _("关闭的通知"),
    "pictures": _("图片张数"),
    "has_logo": _("有品牌标志"),
    "is_shown": _("给顾客看"),
}
ENDINGS: dict[str, Promise] = {
    "fen": _("到分，不取整"),
    "jiao": _("到角"),
    "yuan": _("到元"),
    "nine": _("尾数 .90"),
}
BROKEN: dict[str, Promise] = {
    "margin": _("折后价低于应付货款加最低毛利"),
    "cut_margin": _("剪标降价后低于应付货款加最低毛利"),
    "floor_above_tag": _("控价高于吊牌价"),
}
LABELS: dict[str, Promise] = {"kept": _("保留"), "cut": _("剪标"), "": _("不参加")}
ACTIONS: dict[int, Promise] = {1: _("剪标销售"), 2: _("提到控价"), 3: _("不参加专场")}
TAKES: dict[str, Promise] = {"all": _("全部下单"), "what_is_left": _("有多少下多少")}
_YES, _NO = _("是"), _("否")
QUIET_DETAILS = frozenset(
    {
        "cause",
        "cover",
        "job",
        "status",
        "late",
        "thresholds_milli",
        "keep_amounts_milli",
        "milli",
        "code_id",
        "used",
        "role",
        "bytes",
        "sha256",
        "unpaid_limits_fen",
        "answers",
    }
)
_CODES = {
    "reason": REFUND_REASONS,
    "fault": PARTIES,
    "borne_by": PARTIES,
    "disposition": DISPOSITIONS,
    "outcome": PAYMENT_OUTCOMES,
    "take": TAKES,
    "provider": {name: words for name, (words, _tone) in PROVIDERS.items()},
    "bill": {name: words for name, (words, _tone) in BILL_KINDS.items()},
    "settled_by": {name: words for name, (words, _tone) in STATEMENT_KINDS.items()},
    "fee": FEE_KINDS,
    "basis": FEE_BASES,
    "curve": CURVES,
    "difference": {name: words for name, (words, _tone) in PAYMENT_DIFFERENCES.items()},
    "issuer": ISSUERS,
    "job_kind": {name: words for name, (words, _tone) in SALE_JOB_KINDS.items()},
}
_AMOUNTS = frozenset({"amount", "total", "payable", "adjusted", "fees", "to_bank"})


def details_in_words(details: dict[str, Any]) -> list[tuple[str, str]]:
    """The details of an audit entry that a person wants to read, as (name, value)."""
    return [
        (str(DETAILS.get(name, name)), _value_in_words(name, value))
        for name, value in details.items()
        if name not in QUIET_DETAILS and value not in (None, "", [], {})
    ]


def _value_in_words(name: str, value: Any) -> str:
    if name in _AMOUNTS and isinstance(value, str):
        return display_yuan(parse_yuan(value))
    if name == "carrier":
        return carriers.in_words(str(value))
    if name == "tier":
        return Tier(value).label(get_language())
    if name in _CODES:
        return str(_CODES[name].get(value, value))
    if name in ("brand", "draft") and isinstance(value, int):
        return f"#{value}"
    if isinstance(value, bool):
        return str(_YES if value else _NO)
    if isinstance(value, dict):
        return ", ".join(f"{key}={each}" for key, each in value.items())
    if isinstance(value, list) and value and isinstance(value[0], int):
        return str(len(value))
    if isinstance(value, list):
        return ", ".join(str(each) for each in value[:12]) + ("…" if len(value) > 12 else "")
    if isinstance(value, str) and "T" in value:
        try:
            return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        except ValueError:
            return value
    return str(value)
