"""Addresses of the reseller's face, below /shop/."""

from django.urls import path

from shop.pages import cart, cases, forwards, grid, inbox, joining, orders, recipients, sales, style, vip, wallet

app_name = "shop"

urlpatterns = [
    path("join/", joining.join, name="join"),
    path("", sales.home, name="home"),
    path("styles/", sales.styles, name="styles"),
    path("sales/<int:sale_id>/", sales.sale, name="sale"),
    path("sales/<int:sale_id>/styles/<int:style_id>/", style.style, name="style"),
    path("sales/<int:sale_id>/styles/<int:style_id>/why/", style.why, name="why"),
    path("sales/<int:sale_id>/styles/<int:style_id>/retail-price/", style.set_price, name="set_retail_price"),
    path("sales/<int:sale_id>/forward/", forwards.price_styles, name="price_styles"),
    path("forwards/", forwards.forwards, name="forwards"),
    path("forwards/new/", forwards.forward_style, name="new_forward"),
    path("forwards/<int:forward_id>/", forwards.forward, name="forward"),
    path("forwards/<int:forward_id>/stop/", forwards.stop, name="stop_forward"),
    path("wishes/", forwards.wishes, name="wishes"),
    path("wishes/<int:wish_id>/answer/", forwards.answer, name="answer_wish"),
    path("grab/", orders.grab, name="grab"),
    path("sales/<int:sale_id>/styles/<int:style_id>/grid/", grid.grid, name="grid"),
    path("cart/", cart.cart, name="cart"),
    path("cart/pay/", cart.pay_cart, name="pay_cart"),
    path("cart/reclaim/", cart.reclaim, name="reclaim"),
    path("cart/lines/<int:line_id>/units/", cart.change_units, name="change_units"),
    path("cart/lines/<int:line_id>/swap/", cart.swap_item, name="swap_item"),
    path("cart/lines/<int:line_id>/remark/", cart.set_remark, name="set_remark"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("orders/<int:order_id>/lines/<int:line_id>/why/", orders.line_why, name="line_why"),
    path("orders/<int:order_id>/again/", cart.again, name="order_again"),
    path("orders/<int:order_id>/pay/", orders.pay, name="pay"),
    path("orders/<int:order_id>/cancel/", orders.cancel, name="cancel"),
    path("orders/<int:order_id>/lines/<int:line_id>/case/", cases.ask, name="ask_back"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<int:case_id>/", cases.case, name="case"),
    path("cases/<int:case_id>/withdraw/", cases.withdraw, name="withdraw_case"),
    path("recipients/", recipients.recipients, name="recipients"),
    path("recipients/<int:recipient_id>/hide/", recipients.hide, name="hide_recipient"),
    path("wallet/", wallet.wallet, name="wallet"),
    path("me/", wallet.me, name="me"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.read_inbox, name="read_inbox"),
    path("vip/", vip.vip, name="vip"),
    path("vip/history/", vip.history, name="vip_history"),
    path("vip/notices/", vip.read_notices, name="read_notices"),
    path("vip/code/", vip.issue_code, name="issue_code"),
]
