"""All addresses of the service."""

from django.urls import include, path

import accounts.pages
import aftersales.pages
import inventory.pages
import notices.pages
import orders.pages.payments
import orders.pages.tracking
import shop.pages.customer
import shop.pages.customer_photos
import shop.pages.draw
import shop.pages.living_poster
import shop.pages.public_storefront
import shop.pages.seller_pictures
import shop.pages.wish_faults
import shop.pages.wish_page
import wechat.pages
from config import health, metrics, pages
from config.api import api, routes_that_take_files
from config.routing import RouteTable

_api_routes, _api_app, _api_namespace = api.urls

urlpatterns = [
    path("api/v1/", ([RouteTable(_api_routes)], _api_app, _api_namespace)),
    path("", pages.home, name="home"),
    path("language/", pages.choose_language, name="choose_language"),
    path("sign-in/", accounts.pages.sign_in, name="sign_in"),
    path("account/", accounts.pages.account, name="account"),
    path("account/one-time-code/", accounts.pages.one_time_code, name="one_time_code"),
    path("account/one-time-code/qr.png", accounts.pages.setup_qr, name="one_time_code_qr"),
    path("account/tokens/revoke/", accounts.pages.revoke_tokens, name="revoke_tokens"),
    path("account/tokens/<int:token_id>/revoke/", accounts.pages.revoke_token, name="revoke_token"),
    path("password-link/<slug:token>/", accounts.pages.password_link, name="password_link"),
    path("notices/", notices.pages.notices, name="notices"),
    path("notices/address/", notices.pages.enter_address, name="enter_notice_address"),
    path("notices/address/verify/", notices.pages.verify_address, name="notices_verify"),
    path("notices/address/remove/", notices.pages.remove_address, name="notices_remove"),
    path("notices/wechat/", notices.pages.wechat_came_back, name="notices_wechat"),
    path("notices/wechat/authorize/", notices.pages.authorize_wechat, name="notices_authorize"),
    path("sign-out/", accounts.pages.sign_out, name="sign_out"),
    path("pictures/<slug:sha256>-<int:width>.jpg", inventory.pages.picture, name="picture"),
    path("sellers/<slug:sha256>.jpg", shop.pages.seller_pictures.picture, name="shown_seller_picture"),
    path("photos/<int:photo_id>/<int:width>/", aftersales.pages.photo, name="photo"),
    path("draws/check_draw.py", shop.pages.draw.checker, name="draw_checker"),
    path("draws/<int:sale_id>/", shop.pages.draw.published, name="draw_page"),
    path("draws/<int:sale_id>/draw.json", shop.pages.draw.published_file, name="draw_file"),
    path("f/<slug:token>/", shop.pages.customer.page, name="customer_page"),
    path("f/<slug:token>/poster/", shop.pages.living_poster.poster, name="poster_page"),
    path("f/<slug:token>/address/", shop.pages.customer.read_address, name="read_address"),
    path(
        "f/<slug:token>/photos/<int:photo_id>-<int:width>.jpg",
        shop.pages.customer_photos.photo_of_forward,
        name="photo_of_forward",
    ),
    path(
        "s/<slug:token>/photos/<int:photo_id>-<int:width>.jpg",
        shop.pages.customer_photos.photo_of_storefront,
        name="photo_of_storefront",
    ),
    path("s/<slug:token>/", shop.pages.public_storefront.page, name="storefront_page"),
    path("s/<slug:token>/address/", shop.pages.public_storefront.read_address, name="storefront_read_address"),
    path("f/w/<slug:token>/", shop.pages.wish_page.page, name="wish_page"),
    path("tracking/kuaidi100/", orders.pages.tracking.kuaidi100_push, name="kuaidi100_push"),
    path("payments/wechat/", orders.pages.payments.wechat_callback, name="wechat_pay_callback"),
    path("payments/alipay/", orders.pages.payments.alipay_callback, name="alipay_callback"),
    path("f/w/<slug:token>/lines/<int:line_id>/fault/", shop.pages.wish_faults.report, name="wish_fault"),
    path("f/w/<slug:token>/reports/<int:report_id>/", shop.pages.wish_faults.change, name="wish_report"),
    path("f/w/<slug:token>/photos/<int:photo_id>-<int:width>.jpg", shop.pages.wish_faults.photo, name="wish_photo"),
    path("<slug:name>.txt", wechat.pages.verification, name="wechat_verification"),
    path("wechat/page-signature/", wechat.pages.page_signature, name="wechat_page_signature"),
    path("time/", pages.server_time, name="server_time"),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics.page),
    path("shop/", include("shop.urls")),
    path("console/", include("console.urls")),
    path("portal/", include("portal.urls")),
]

FILE_ROUTES = frozenset(f"api/v1/{route}" for route in routes_that_take_files())
"""Of the API; pages that take a file are marked by `web.uploads.takes_file`."""

handler400 = "config.failures.bad_request"
handler404 = "config.failures.not_found"
handler500 = "config.failures.server_error"
