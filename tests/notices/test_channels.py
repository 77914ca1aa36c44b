"""The senders against their stand-ins: what each answer, fault and lost answer becomes, and that no log tells an address (NOTICE-8)."""

import logging
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from notices.rules import Channel, Outcome, OutcomeKind
from notices.services.channels import channels_on, sender_of
from notices.services.mail import MailSender
from notices.services.message import Message, code_message
from notices.services.sms import signature
from tests.notices.sms_server import SmsService
from tests.notices.smtp_server import PASSWORD, USER, Smtp
from tests.wechat.wechat_server import WeChat

pytestmark = pytest.mark.django_db

NOTICE = Message(
    "",
    "weicang-1",
    "顾客心愿",
    ("新心愿 7：1 件，很长很长很长很长很长很长的一句话",),
    1,
    link="https://weicang.example/",
)


def send(channel: Channel, address: str, **changes: object) -> Outcome:
    message = Message(**{name: getattr(NOTICE, name) for name in Message.__slots__} | {"address": address} | changes)
    with sender_of(channel) as sender:
        return sender.send(message)


def mail(address: str = "amy@example.com") -> Outcome:
    return send(Channel.MAIL, address)


def sms_to(number: str = "13912345678") -> Outcome:
    return send(Channel.SMS, number)


def wechat_to(openid: str = "o-amy", **changes: object) -> Outcome:
    return send(Channel.WECHAT, openid, **changes)


def test_without_settings_there_is_no_channel() -> None:
    assert channels_on() == ()


def test_with_settings_there_are_channels(smtp: Smtp, sms: SmsService, wechat: WeChat) -> None:
    assert channels_on() == tuple(Channel)


def test_a_mail_says_who_sends_it_to_whom_and_what(smtp: Smtp) -> None:
    assert mail() == Outcome(OutcomeKind.SENT, "250", "2.0.0 queued as 4Fq1")
    [sent] = smtp.mails
    assert (sent["X-Rcpt"], sent["Subject"], sent["Message-ID"], sent["Auto-Submitted"]) == (
        "amy@example.com", "【尾仓】顾客心愿", "<weicang-1@weicang.example>", "auto-generated",
    )  # fmt: skip
    assert "notice@weicang.example" in sent["From"]


def test_mail_signs_in_where_the_address_of_the_server_has_a_user(smtp: Smtp, settings: Settings) -> None:
    smtp.wants_login = True
    assert mail() == Outcome(OutcomeKind.ACCOUNT, "530")
    settings.MAIL_URL = f"smtp://{USER.replace('@', '%40')}:{PASSWORD.replace(':', '%3A')}@127.0.0.1:{smtp.port}"
    assert mail().kind is OutcomeKind.SENT
    settings.MAIL_URL = f"smtp://{USER.replace('@', '%40')}:wrong@127.0.0.1:{smtp.port}"
    assert mail() == Outcome(OutcomeKind.ACCOUNT, "535")
    assert len(smtp.mails) == 1


@pytest.mark.parametrize(
    ("stage", "answer", "kind"),
    [
        ("connect", "cut", OutcomeKind.LATER),
        ("connect", "421 4.3.2 too busy", OutcomeKind.LATER),
        ("mail", "cut", OutcomeKind.LATER),
        ("mail", "451 4.3.0 local error", OutcomeKind.ACCOUNT),
        ("rcpt", "cut", OutcomeKind.LATER),
        ("rcpt", "450 4.2.1 greylisted", OutcomeKind.LATER),
        ("rcpt", "550 5.1.1 no such user", OutcomeKind.BAD_ADDRESS),
        ("begin", "451 4.3.0 try again", OutcomeKind.LATER),
        ("begin", "554 5.5.1 no valid recipients", OutcomeKind.REFUSED),
        ("data", "452 4.3.1 disk full", OutcomeKind.LATER),
        ("data", "554 5.7.1 spam", OutcomeKind.REFUSED),
        ("data", "cut", OutcomeKind.LOST),
        ("data", "taken-cut", OutcomeKind.LOST),
    ],
)
def test_faults_of_mail_are_told_apart_by_whether_the_text_was_sent(
    smtp: Smtp, stage: str, answer: str, kind: OutcomeKind
) -> None:
    smtp.faults = [(stage, answer)]
    assert mail().kind is kind
    assert len(smtp.mails) == (answer == "taken-cut")
    assert mail().kind is OutcomeKind.SENT


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (("rcpt", "550 5.1.1 no such user"), OutcomeKind.BAD_ADDRESS),
        (("begin", "554 5.5.1 no valid recipients"), OutcomeKind.REFUSED),
    ],
)
def test_a_mail_after_one_that_was_refused_goes_over_the_same_connection(
    smtp: Smtp, fault: tuple[str, str], kind: OutcomeKind
) -> None:
    smtp.faults = [fault]
    with sender_of(Channel.MAIL) as sender:
        assert sender.send(NOTICE).kind is kind
        message = code_message(address="amy@example.com", code="123456", client_id="c", language="en")
        assert sender.send(message).kind is OutcomeKind.SENT
    assert "123456" in smtp.mails[0].get_content()


def test_mail_to_a_server_elsewhere_is_not_sent_without_tls(smtp: Smtp, settings: Settings) -> None:
    """`127.1` is this machine too, but not by a name that says so."""
    settings.MAIL_URL = f"smtp://127.1:{smtp.port}"
    assert mail() == Outcome(OutcomeKind.LATER, "SMTPNotSupportedError")
    assert smtp.mails == []


def test_sms_is_signed_and_fills_its_template(sms: SmsService) -> None:
    outcome = sms_to()
    assert (outcome.kind, outcome.message_id) == (OutcomeKind.SENT, "90061974693649841")
    assert sms.messages == [{"to": "13912345678", "id": "weicang-1", "topic": "顾客心愿", "count": "1"}]
    with sender_of(Channel.SMS) as sender:
        assert sender.send(code_message(address="13912345678", code="123456", client_id="c", language="zh")).kind is (
            OutcomeKind.SENT
        )
    assert sms.messages[1]["code"] == "123456"


def test_signature_of_the_description() -> None:
    """The example of the description of RPC signatures: DescribeRegions with the secret `testsecret`."""
    parameters = {
        "Timestamp": "2016-02-23T12:46:24Z", "Format": "XML", "AccessKeyId": "testid", "Action": "DescribeRegions",
        "SignatureMethod": "HMAC-SHA1", "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf", "Version": "2014-05-26",
        "SignatureVersion": "1.0",
    }  # fmt: skip
    assert signature("GET", parameters, key_secret="testsecret") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", OutcomeKind.LATER),
        ("isp.SYSTEM_ERROR", OutcomeKind.LATER),
        ("isv.AMOUNT_NOT_ENOUGH", OutcomeKind.ACCOUNT),
        ("isv.SMS_TEMPLATE_ILLEGAL", OutcomeKind.REFUSED),
        ("isv.BLACK_KEY_CONTROL_LIMIT", OutcomeKind.BAD_ADDRESS),
        ("down", OutcomeKind.LOST),
        ("html", OutcomeKind.LOST),
        ("cut", OutcomeKind.LOST),
        ("taken-cut", OutcomeKind.LOST),
    ],
)
def test_faults_of_sms(sms: SmsService, fault: str, kind: OutcomeKind) -> None:
    sms.faults = [fault]
    assert sms_to().kind is kind
    assert len(sms.messages) == (fault == "taken-cut")
    assert sms_to().kind is OutcomeKind.SENT


def test_sms_with_a_wrong_key_a_wrong_signature_or_a_wrong_number(sms: SmsService, settings: Settings) -> None:
    assert sms_to("12345").kind is OutcomeKind.BAD_ADDRESS
    settings.SMS_SIGN_NAME = "别家"
    assert sms_to() == Outcome(OutcomeKind.ACCOUNT, "isv.SMS_SIGNATURE_ILLEGAL")
    settings.SMS_KEY_SECRET = "wrong"
    assert sms_to() == Outcome(OutcomeKind.ACCOUNT, "http 400")
    settings.SMS_KEY_ID = "wrong"
    assert sms_to() == Outcome(OutcomeKind.ACCOUNT, "http 404")
    assert sms.messages == []


def test_nobody_listens_is_surely_not_sent(sms: SmsService, wechat: WeChat, settings: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        settings.SMS_URL = settings.WECHAT_URL = f"http://127.0.0.1:{port}"
        settings.MAIL_URL, settings.MAIL_FROM = f"smtp://127.0.0.1:{port}", "a@weicang.example"
        assert {sms_to().kind, wechat_to().kind, mail().kind} == {OutcomeKind.LATER}


def test_a_template_message_is_short_enough_and_sent_once_per_id(wechat: WeChat) -> None:
    assert wechat_to() == wechat_to() == Outcome(OutcomeKind.SENT, "0", "1")
    [sent] = wechat.messages
    assert sent["data"]["thing2"]["value"] == "新心愿 7：1 件，很长很长很长很长很…"
    assert wechat_to(client_id="weicang-2").message_id == "2"


def test_a_subscription_message(wechat: WeChat, settings: Settings) -> None:
    settings.WECHAT_NOTICE_IS_SUBSCRIPTION = True
    assert wechat_to() == Outcome(OutcomeKind.SENT, "0")
    wechat.refusing.add("o-amy")
    assert wechat_to() == Outcome(OutcomeKind.BAD_ADDRESS, "43101")
    assert len(wechat.messages) == 1


def test_errors_of_wechat(wechat: WeChat, settings: Settings) -> None:
    assert wechat_to("o-nobody") == Outcome(OutcomeKind.BAD_ADDRESS, "40003")
    wechat.end_token()
    assert wechat_to() == Outcome(OutcomeKind.LATER, "40001")
    assert wechat_to().kind is OutcomeKind.SENT
    for code, kind in ((45009, OutcomeKind.LATER), (-1, OutcomeKind.LATER), (48001, OutcomeKind.ACCOUNT)):
        wechat.faults = [code]
        assert wechat_to() == Outcome(kind, str(code))
    for fault in ("closed", "html", "down", "taken"):
        wechat.faults = [fault]
        assert wechat_to(client_id="weicang-3").kind is OutcomeKind.LOST
    settings.WECHAT_NOTICE_TEMPLATE = "unknown"
    assert wechat_to() == Outcome(OutcomeKind.REFUSED, "40037")
    settings.WECHAT_SECRET = "wrong"
    wechat.forget()


def test_a_wrong_secret_is_the_accounts_fault(wechat: WeChat, settings: Settings) -> None:
    settings.WECHAT_SECRET = "wrong"
    assert wechat_to() == Outcome(OutcomeKind.ACCOUNT, "40125")


def test_logs_hold_no_address_no_text_and_no_secret(
    smtp: Smtp, sms: SmsService, wechat: WeChat, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sms.faults, smtp.faults = ["isp.SYSTEM_ERROR"], [("rcpt", "550 no such user")]
    for channel, address in (
        (Channel.MAIL, "amy@example.com"),
        (Channel.SMS, "13912345678"),
        (Channel.WECHAT, "o-amy"),
    ):
        send(channel, address)
        send(channel, address)
    logging.getLogger("weicang.control").info("the control: logs are read")
    assert "the control" in caplog.text
    assert not [word for word in ("amy@", "13912345678", "o-amy", "心愿") if word in caplog.text]
    assert "13912345678" not in repr(code_message(address="13912345678", code="424242", client_id="c", language="zh"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return public, private


def test_mail_goes_by_starttls_to_a_server_whose_certificate_is_trusted_and_to_no_other(
    smtp: Smtp, certificate: tuple[Path, Path]
) -> None:
    public, private = certificate
    smtp.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    smtp.tls.load_cert_chain(public, private)
    url = f"smtp://localhost:{smtp.port}"
    with MailSender(url, sender="notice@weicang.example", tls=ssl.create_default_context(cafile=str(public))) as sender:
        assert sender.send(replace(NOTICE, address="amy@example.com")).kind is OutcomeKind.SENT
    assert len(smtp.mails) == 1
    with MailSender(url, sender="notice@weicang.example") as sender:
        refused = sender.send(replace(NOTICE, address="amy@example.com"))
    assert refused == Outcome(OutcomeKind.LATER, "SSLCertVerificationError")
    assert len(smtp.mails) == 1
