from decimal import Decimal

import pytest

from config.environment import (
    BadSetting,
    address,
    database,
    mail_server,
    mapping,
    rate,
    secret,
    storage,
    switch,
    text,
    whole,
)
from membership.rules.invitations import InvitationTerms


def test_a_missing_setting_stops_the_start_and_is_named() -> None:
    with pytest.raises(BadSetting, match="WEICANG_SECRET_KEY is not set"):
        text("WEICANG_SECRET_KEY", environ={})
    with pytest.raises(BadSetting, match="REDIS_URL is not set"):
        text("REDIS_URL", environ={"REDIS_URL": ""})


@pytest.mark.parametrize("value", ["-1", "0", "four", "1.5", "４"])
def test_an_invalid_number_stops_the_start(value: str) -> None:
    with pytest.raises(BadSetting, match="WEICANG_WEB_THREADS must be a whole number of at least 1"):
        whole("WEICANG_WEB_THREADS", 4, least=1, environ={"WEICANG_WEB_THREADS": value})


def test_a_secret_is_long_or_not_set() -> None:
    assert secret("WEICANG_METRICS_TOKEN", least=16, environ={}) == ""
    assert secret("WEICANG_METRICS_TOKEN", least=16, environ={"WEICANG_METRICS_TOKEN": "x" * 16}) == "x" * 16
    with pytest.raises(BadSetting, match="WEICANG_METRICS_TOKEN must have at least 16 characters"):
        secret("WEICANG_METRICS_TOKEN", least=16, environ={"WEICANG_METRICS_TOKEN": "x" * 15})


def test_a_rate_is_a_share_below_one() -> None:
    assert rate("WEICANG_INVOICE_GOODS_TAX_RATE", "0.13", environ={}) == Decimal("0.13")
    assert rate("WEICANG_INVOICE_GOODS_TAX_RATE", "0.13", environ={"WEICANG_INVOICE_GOODS_TAX_RATE": "0"}) == 0
    for value in ("1", "13%", "0.1234", "-0.1", "０.1"):
        with pytest.raises(BadSetting, match="WEICANG_INVOICE_GOODS_TAX_RATE must be a share"):
            rate("WEICANG_INVOICE_GOODS_TAX_RATE", "0.13", environ={"WEICANG_INVOICE_GOODS_TAX_RATE": value})


def test_a_switch_is_on_or_off() -> None:
    assert switch("WEICANG_HTTPS", environ={"WEICANG_HTTPS": "1"})
    assert not switch("WEICANG_HTTPS", environ={})
    with pytest.raises(BadSetting, match="WEICANG_HTTPS must be 0 or 1, not 'yes'"):
        switch("WEICANG_HTTPS", environ={"WEICANG_HTTPS": "yes"})


def test_a_mapping_is_a_json_object() -> None:
    terms = '{"reward_milli": 5000, "rewards_per_month": 3}'
    found = mapping("WEICANG_INVITATION_TERMS", environ={"WEICANG_INVITATION_TERMS": terms})
    assert InvitationTerms.of(found) == InvitationTerms(reward_milli=5000, rewards_per_month=3)
    assert mapping("WEICANG_INVITATION_TERMS", environ={}) == {}
    for wrong in ("[1]", "{", "reward_milli=1", "3"):
        with pytest.raises(BadSetting, match="WEICANG_INVITATION_TERMS must be a JSON object"):
            mapping("WEICANG_INVITATION_TERMS", environ={"WEICANG_INVITATION_TERMS": wrong})


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://u@h/d", "postgresql://h:port/d", "h"])
def test_only_an_address_of_postgresql_is_a_database(url: str) -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL"):
        database("DATABASE_URL", threads=4, environ={"DATABASE_URL": url})


def test_the_address_of_a_database_is_taken_apart_and_pooled() -> None:
    url = "postgresql://me:se%20cret@db.example:6543/weicang?sslmode=require"
    settings = database("DATABASE_URL", threads=4, environ={"DATABASE_URL": url})
    assert (settings["HOST"], settings["PORT"], settings["USER"], settings["NAME"]) == (
        "db.example",
        "6543",
        "me",
        "weicang",
    )
    assert settings["PASSWORD"] == "se cret"
    assert settings["OPTIONS"]["sslmode"] == "require"
    assert settings["OPTIONS"]["pool"]["max_size"] == 6


def test_connections_are_given_up_and_slow_statements_are_ended_where_asked() -> None:
    url = "postgresql://me@db.example/weicang?options=-c%20work_mem%3D1MB"
    web = database("DATABASE_URL", threads=4, statement_seconds=10, environ={"DATABASE_URL": url})["OPTIONS"]
    assert (web["connect_timeout"], web["pool"]["timeout"], web["pool"]["reconnect_timeout"]) == (3, 3, 1)
    assert web["options"] == "-c statement_timeout=10s -c work_mem=1MB"
    worker = database("DATABASE_URL", threads=4, environ={"DATABASE_URL": url})["OPTIONS"]
    assert worker["options"] == "-c work_mem=1MB"


@pytest.mark.parametrize(
    "url",
    [
        "file:///data",
        "file:///a%3Fb%23c",
        "s3://bucket",
        "s3://bucket/a/b?endpoint=https://s3.example&region=cn-1&virtual_host=1",
    ],
)
def test_storage_takes_a_folder_or_a_bucket(url: str) -> None:
    assert storage("WEICANG_STORAGE", default="file:///x", environ={"WEICANG_STORAGE": url}) == url
    assert storage("WEICANG_STORAGE", default="file:///x", environ={}) == "file:///x"


@pytest.mark.parametrize(
    "url",
    [
        "/data", "file://data", "s3:///a", "s3://bucket?endpiont=x", "https://bucket", "file:///a?b", "file:///a#b", "file:///a?",
        "file:///a#", "s3://bucket/a#b", "s3://bucket?endpoint", "s3://bucket?region=", "s3://bucket?region=a&region=b",
    ],
)  # fmt: skip
def test_storage_refuses_what_is_neither(url: str) -> None:
    with pytest.raises(BadSetting, match="WEICANG_STORAGE must be"):
        storage("WEICANG_STORAGE", default="file:///x", environ={"WEICANG_STORAGE": url})


@pytest.mark.parametrize("url", ["https://poll.kuaidi100.com", "http://127.0.0.1:8000", "https://a.example/b"])
def test_an_address_is_that_of_a_service_on_the_web(url: str) -> None:
    assert address("X", "", environ={"X": url}) == url
    assert (address("X", "", environ={}), address("X", url, environ={})) == ("", url)


@pytest.mark.parametrize(
    "url", ["weicang.example", "http://weicang.example", "https://", "https://a.example/?b=1", "ftp://a"]
)
def test_an_address_that_is_no_safe_one_stops_the_start(url: str) -> None:
    with pytest.raises(BadSetting, match="X must be an address"):
        address("X", "", environ={"X": url})


@pytest.mark.parametrize(
    "url", ["", "smtps://user:pass%3Aword@smtp.example.com:465", "smtp://smtp.example.com", "smtp://127.0.0.1:2525/"]
)
def test_a_mail_server_is_named_by_its_address(url: str) -> None:
    assert mail_server("X", environ={"X": url}) == url


@pytest.mark.parametrize(
    "url",
    [
        "smtp.example.com",
        "https://smtp.example.com",
        "smtp://",
        "smtp://host:99999",
        "smtp://host/path",
        "smtp://host?tls=0",
    ],
)
def test_what_is_no_mail_server_stops_the_start_without_telling_its_password(url: str) -> None:
    with pytest.raises(BadSetting, match="X must be") as told:
        mail_server("X", environ={"X": url.replace("//", "//user:secret@")})
    assert "secret" not in str(told.value)
