"""A server on the loopback that stands in for an SMTP server: it keeps mails, and fails as real ones do. Faults happen once each.

It is written from RFC 5321 and shares no code with our sender.
"""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy

USER, PASSWORD = "weicang@mail.example", "pass:word"


@dataclass
class Smtp:
    """Mails that were taken, in the order in which they came, and which faults come next.

    A fault is the stage at which it happens (`connect`, `login`, `mail`, `rcpt`, `begin` before the text, `data` after it) and an answer,
    or "cut": the connection ends.
    `taken-cut` takes the mail and ends the connection before it says so.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    wants_login: bool = False
    tls: ssl.SSLContext | None = None

    def forget(self) -> None:
        self.mails, self.faults, self.wants_login, self.tls = [], [], False, None

    @property
    def texts(self) -> list[str]:
        """What the mails say, with line ends as Python has them."""
        return [mail.get_content().replace("\r\n", "\n") for mail in self.mails]

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def fault(self, stage: str) -> str:
        if self.faults and self.faults[0][0] == stage:
            return self.faults.pop(0)[1]
        return ""


class _Cut(Exception):
    pass


class _Handler(socketserver.StreamRequestHandler):
    service: Smtp
    secured: ssl.SSLSocket | None = None

    def handle(self) -> None:
        try:
            self.say(self.service.fault("connect") or "220 mail.example ESMTP")
            self.serve()
        except (_Cut, OSError):
            return
        finally:
            if self.secured is not None:
                self.secured.close()

    def secure(self, tls: ssl.SSLContext) -> None:
        for plain in (self.rfile, self.wfile):
            plain.close()
        self.secured = tls.wrap_socket(self.request, server_side=True, do_handshake_on_connect=False)
        self.secured.do_handshake()
        self.rfile, self.wfile = self.secured.makefile("rb"), self.secured.makefile("wb")

    def say(self, line: str) -> None:
        if line == "cut":
            raise _Cut
        self.wfile.write(f"{line}\r\n".encode())
        self.wfile.flush()

    def serve(self) -> None:
        is_secure = is_in = False
        to = ""
        while line := self.rfile.readline().decode("utf-8", "replace").rstrip("\r\n"):
            word = line.split(" ", 1)[0].upper()
            if word == "EHLO":
                self.say("250-mail.example")
                if self.service.tls and not is_secure:
                    self.say("250-STARTTLS")
                self.say("250 AUTH PLAIN")
            elif word == "STARTTLS" and self.service.tls:
                self.say("220 go on")
                self.secure(self.service.tls)
                is_secure = True
            elif word == "AUTH":
                given = base64.b64decode(line.split(" ")[2]).decode().split("\0")
                is_in = given[1:] == [USER, PASSWORD]
                self.say(self.service.fault("login") or ("235 ok" if is_in else "535 5.7.8 wrong user or password"))
            elif word == "MAIL":
                refused = "530 5.7.0 authentication required" if self.service.wants_login and not is_in else ""
                self.say(self.service.fault("mail") or refused or "250 ok")
            elif word == "RCPT":
                to = line
                self.say(self.service.fault("rcpt") or "250 ok")
            elif word == "DATA":
                refused = self.service.fault("begin")
                self.say(refused or "354 go on")
                if not refused:
                    self.take(to)
            elif word == "RSET":
                self.say("250 ok")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("502 5.5.1 what?")

    def take(self, to: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        fault = self.service.fault("data")
        if fault in ("", "taken-cut"):
            mail = message_from_bytes(b"".join(lines), policy=default_policy)
            assert isinstance(mail, EmailMessage)
            mail["X-Rcpt"] = to.partition("<")[2].partition(">")[0]
            self.service.mails.append(mail)
        self.say("cut" if fault == "taken-cut" else fault or "250 2.0.0 queued as 4Fq1")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that leaves is what some tests want."""


@contextmanager
def run() -> Iterator[Smtp]:
    service = Smtp()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    service.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
