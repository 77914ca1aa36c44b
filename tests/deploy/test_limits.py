"""Limits of nginx and the units fit those of the service: where they do not, requests break that the service would answer."""

import re
from pathlib import Path

from django.conf import settings

from aftersales.rules import MAX_REPORT_PHOTOS
from config.server import MAX_HEADER_SECONDS, MAX_SECONDS_TO_END

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
NGINX = (DEPLOY / "nginx" / "nginx.conf.in").read_text("utf-8")


def _number(pattern: str, text: str = NGINX) -> int:
    [found] = re.findall(pattern, text, re.MULTILINE)
    return int(found)


def test_nginx_lets_the_largest_request_of_the_service_through() -> None:
    largest = max(settings.MAX_WORKBOOK_BYTES, MAX_REPORT_PHOTOS * settings.MAX_PHOTO_BYTES)
    allowed = _number(r"client_max_body_size (\d+)m;") * 1024 * 1024
    assert largest + settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= allowed < 2 * largest


def test_nginx_leaves_an_idle_connection_before_the_web_ends_it() -> None:
    [upstream] = re.findall(r"upstream web \{.*?\n    \}", NGINX, re.DOTALL)
    assert _number(r"keepalive_timeout (\d+)s;", upstream) < MAX_HEADER_SECONDS


def test_a_web_may_finish_its_requests_before_its_unit_is_killed() -> None:
    unit = (DEPLOY / "systemd" / "weicang-web.service").read_text("utf-8")
    assert _number(r"^TimeoutStopSec=(\d+)$", unit) > MAX_SECONDS_TO_END
