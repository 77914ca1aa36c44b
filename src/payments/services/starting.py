"""Starting a payment at a provider (PAY-1). The row is committed before the provider is asked, and no transaction is open while it is."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.rules import Actor
from accounts.services.audit import record
from kernel.money import format_yuan
from kernel.refusal import Busy, Conflict, Invalid
from payments import sql
from payments.models import Payment
from payments.rules.payments import MAX_KEY, PROVIDER_OF, PaymentState, PaymentWay, new_number, query_delay
from payments.selectors.payments import ProviderPaymentView, get_payment
from payments.services.accounts import is_provider_on, open_client, payment_page
from payments.services.port import NewPayment, ProviderRefused
from web.outbound import NoAnswer

log = logging.getLogger("weicang.payments")

MIN_LIFE = timedelta(minutes=1)
"""WeChat takes no payment that ends earlier."""


class ProviderIsOff(Conflict):
    code = "payments.provider_off"
    zh = "现在不能用这种方式付款，请换一种"
    en = "This way to pay is not available; choose another"


class AmountOutOfRange(Invalid):
    code = "payments.amount_out_of_range"
    zh = "金额须在 ¥0.01 到 ¥{max_amount} 之间"
    en = "The amount must be between ¥0.01 and ¥{max_amount}"
    max_amount_fen: int


class InvalidKey(Invalid):
    code = "payments.invalid_key"
    zh = "请求缺少幂等键，或者太长（最多 {max_length} 个字符）"
    en = "The idempotency key is missing or longer than {max_length} characters"
    max_length: int


class KeyUsed(Conflict):
    code = "payments.key_used"
    zh = "这个请求先前用于另一笔付款（¥{amount}），请刷新页面再试"
    en = "The key was used for another payment (¥{amount}); reload the page and try again"
    amount_fen: int


class TooManyOpen(Conflict):
    code = "payments.too_many_open"
    zh = "您有 {count} 笔付款还没完成，请先付完，或者等它们过期"
    en = "You have {count} payments that are not finished; pay them or wait until they end"
    count: int


class TooLateToPay(Conflict):
    code = "payments.too_late"
    zh = "离付款时限不到一分钟了，来不及再开一笔付款"
    en = "Less than a minute is left to pay; it is too late to start a payment"


class ProviderUnavailable(Busy):
    code = "payments.provider_unavailable"
    zh = "支付渠道暂时没有应答，没有扣款；请稍后再试，或换一种方式"
    en = "The payment provider does not answer, and nothing was paid; try again soon or choose another way"


class ProviderRefusedPayment(Conflict):
    code = "payments.provider_refused"
    zh = "支付渠道拒绝了这笔付款，没有扣款；请换一种方式，或联系平台"
    en = "The payment provider refused the payment, and nothing was paid; choose another way or ask the platform"


@dataclass(frozen=True, slots=True)
class OpenedPayment:
    """The row of a payment that has a key. Where it is not new, the caller sees that it pays the same as before."""

    id: int
    amount_fen: int
    is_new: bool


def lock_payer(reseller_id: int) -> None:
    """Let the payments that a reseller starts wait for each other until the transaction ends. Called before any row is locked."""
    sql.lock_payer(reseller_id)


@transaction.atomic
def open_payment(
    *,
    actor: Actor,
    reseller_id: int,
    way: PaymentWay,
    amount_fen: int,
    key: str,
    expires_at: datetime,
    now: datetime,
) -> OpenedPayment:
    """Write the row of a payment; the one that has the key where there is one. The provider is not asked yet.

    Refuses a provider that is off, an amount out of range, more open payments than allowed, and too little time.
    """
    if not 0 < len(key) <= MAX_KEY:
        raise InvalidKey(max_length=MAX_KEY)
    if not is_provider_on(PROVIDER_OF[way]):
        raise ProviderIsOff
    max_fen = settings.MAX_PAYMENT_FEN
    if not 0 < amount_fen <= max_fen:
        raise AmountOutOfRange(max_amount_fen=max_fen)
    sql.lock_payer(reseller_id)
    earlier = Payment.objects.filter(reseller_id=reseller_id, key=key).first()
    if earlier is not None:
        if (earlier.amount_fen, earlier.way) != (amount_fen, way.value):
            raise KeyUsed(amount_fen=earlier.amount_fen)
        return OpenedPayment(earlier.pk, earlier.amount_fen, is_new=False)
    if expires_at - now < MIN_LIFE:
        raise TooLateToPay
    # One whose report differs waits for finance, however long that takes: it is nothing that she could finish, also where they ended it.
    hers = Payment.objects.filter(reseller_id=reseller_id, state=PaymentState.OPEN.value)
    open_count = hers.filter(difference="", ended_difference="").count()
    if open_count >= settings.MAX_OPEN_PAYMENTS:
        raise TooManyOpen(count=open_count)
    payment = Payment.objects.create(
        number=new_number(now),
        reseller_id=reseller_id,
        key=key,
        provider=PROVIDER_OF[way].value,
        way=way.value,
        amount_fen=amount_fen,
        created_at=now,
        expires_at=expires_at,
        provider_until=expires_at,
        next_query_at=now + query_delay(1),
    )
    details = {"amount": format_yuan(amount_fen), "number": payment.number}
    record(actor=actor, action="payments.start", kind="payment", subject_id=payment.pk, details=details, now=now)
    return OpenedPayment(payment.pk, amount_fen, is_new=True)


def hand_over(
    *, payment_id: int, description: str, client_address: str, openid: str = "", now: datetime
) -> ProviderPaymentView:
    """Have the provider take an open payment that it was not told of, or did not answer for. Asks again with the same number.

    A payment inside WeChat waits until WeChat has said who pays (`openid`).
    """
    view = get_payment(payment_id)
    if view.pay_address or view.state is not PaymentState.OPEN or now >= view.expires_at:
        return view
    if view.way is PaymentWay.WECHAT_JSAPI and not openid:
        return view
    order = NewPayment(
        number=view.number,
        way=view.way,
        amount_fen=view.amount_fen,
        description=description,
        expires_at=view.expires_at,
        client_address=client_address,
        return_url=payment_page(payment_id),
        openid=openid,
    )
    try:
        with open_client(view.provider) as client:
            address = client.create(order)
    except NoAnswer as why:
        log.warning("a payment provider did not answer", extra={"payment": payment_id, "why": str(why)})
        raise ProviderUnavailable from why
    except ProviderRefused as refused:
        log.error("a payment provider refused a payment", extra={"payment": payment_id, "code": refused.code})
        raise ProviderRefusedPayment from refused
    Payment.objects.filter(pk=payment_id).update(pay_address=address)
    return get_payment(payment_id)
