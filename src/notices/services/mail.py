"""Mail through an SMTP server. Mail has no identity that servers drop a second copy by, so a lost answer is not asked for again."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cached_property
from typing import Self
from urllib.parse import unquote, urlsplit

from notices.rules import Outcome, OutcomeKind
from notices.services.message import Message

_SECONDS = 10
_LOCAL = ("127.0.0.1", "localhost", "::1")


class MailSender:
    """Sends through `smtps://user:password@host:465` or `smtp://…:587` with STARTTLS; without TLS only to a server on this machine."""

    def __init__(self, url: str, *, sender: str, tls: ssl.SSLContext | None = None) -> None:
        self._url, self._from, self._tls = urlsplit(url), sender, tls

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "_server" in vars(self):
            self._leave()

    @cached_property
    def _server(self) -> smtplib.SMTP:
        host, user = self._url.hostname or "", unquote(self._url.username or "")
        context = self._tls or ssl.create_default_context()
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, self._url.port or 587, timeout=_SECONDS)
        try:
            server.ehlo()
            if self._url.scheme == "smtp" and (host not in _LOCAL or server.has_extn("starttls")):
                server.starttls(context=context)
                server.ehlo()
            if user:
                server.login(user, unquote(self._url.password or ""))
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server

    def send(self, message: Message) -> Outcome:
        try:
            server = self._server
        except smtplib.SMTPAuthenticationError as error:
            return Outcome(OutcomeKind.ACCOUNT, str(error.smtp_code))
        except (smtplib.SMTPException, OSError) as error:
            # Nothing of the message was sent yet.
            return Outcome(OutcomeKind.LATER, type(error).__name__)
        try:
            return self._transfer(server, message)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._leave()
            return Outcome(OutcomeKind.LOST, type(error).__name__)

    def _transfer(self, server: smtplib.SMTP, message: Message) -> Outcome:
        """One mail in SMTP's own steps: only after the text was sent can an answer be lost."""
        before = self._envelope(server, message.address)
        if before is not None:
            self._begin_anew(server)
            return before
        try:
            code, answer = server.data(self._document(message))
        except smtplib.SMTPDataError as error:
            # The server did not want the text, so that it was not sent.
            self._begin_anew(server)
            return _refusal(error.smtp_code)
        if code == 250:
            return Outcome(OutcomeKind.SENT, str(code), answer.decode("ascii", "replace")[:128])
        return _refusal(code)

    def _envelope(self, server: smtplib.SMTP, address: str) -> Outcome | None:
        """Say from whom and to whom; None where the server takes both. Whatever happens here, the mail was not sent."""
        try:
            code, _ = server.mail(Address(addr_spec=self._from).addr_spec)
            if code != 250:
                return Outcome(OutcomeKind.ACCOUNT, str(code))
            code, _ = server.rcpt(address)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._leave()
            return Outcome(OutcomeKind.LATER, type(error).__name__)
        if code in (250, 251):
            return None
        if 400 <= code < 500:
            return Outcome(OutcomeKind.LATER, str(code))
        return Outcome(OutcomeKind.BAD_ADDRESS, str(code))

    def _begin_anew(self, server: smtplib.SMTP) -> None:
        """Forget a mail that was not sent; where the connection is gone, the next mail makes another one."""
        try:
            if "_server" in vars(self):
                server.rset()
        except (smtplib.SMTPException, OSError):
            self._leave()

    def _document(self, message: Message) -> bytes:
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = Address("尾仓", addr_spec=self._from), message.address
        mail["Subject"] = f"【尾仓】{message.title}" if message.language != "en" else f"[Weicang] {message.title}"
        mail["Message-ID"] = f"<{message.client_id}@{self._from.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("\n".join([*message.lines, *([message.link] if message.link else [])]) + "\n")
        return mail.as_bytes()

    def _leave(self) -> None:
        server = vars(self).pop("_server", None)
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()


def _refusal(code: int) -> Outcome:
    return Outcome(OutcomeKind.LATER if 400 <= code < 500 else OutcomeKind.REFUSED, str(code))
