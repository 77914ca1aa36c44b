"""ACCOUNT-1, 2, 3: attempts to sign in are counted, hashing is limited, and the answers reveal no login."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.test import Client
from pytest_django import Settings

from accounts.models import AttemptCount, AuditEntry, Person
from accounts.rules import SYSTEM, Role
from accounts.services import attempts as accounts_attempts
from accounts.services import hashing, passwords, people
from accounts.services import sign_in as accounts_sign_in
from accounts.services.attempts import MAX_WINDOW, Limit, by_address, count_attempt
from accounts.services.hashing import HashLimiter, TooManyHashes
from accounts.services.sign_in import WINDOW
from accounts.tasks import purge_expired
from kernel import clock
from membership.models import InvitationCode, Reseller
from membership.selectors.people import InvalidCode
from membership.services import invitations
from tests.builders import NOW, PASSWORD, Marketplace

pytestmark = pytest.mark.django_db

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def lily() -> Person:
    added = people.add_person(actor=SYSTEM, login="lily", name="丽丽", role=Role.OPS, password=PASSWORD, now=NOW)
    return Person.objects.get(pk=added.own_id)


def sign_in(
    password: str = PASSWORD, *, login: str = "lily", address: str = HOME, later: timedelta = timedelta()
) -> Person:
    return accounts_sign_in.verify_sign_in(login=login, password=password, address=address, now=NOW + later)


def guess(times: int, *, login: str = "lily", address: str = HOME) -> None:
    for _ in range(times):
        with pytest.raises(accounts_sign_in.WrongSignIn):
            sign_in("wrong-one", login=login, address=address)


def test_verify_sign_in_says_the_same_of_unknown_logins_and_wrong_passwords(lily: Person) -> None:
    assert sign_in(login="LILY ") == lily
    answers = []
    for login, password in (("lily", "wrong-one"), ("nobody", PASSWORD)):
        with pytest.raises(accounts_sign_in.WrongSignIn) as refused:
            sign_in(password, login=login)
        answers.append((refused.value.status, refused.value.code, refused.value.fields()))
    assert answers[0] == answers[1] == (401, "accounts.wrong_sign_in", {})


def test_a_phone_number_signs_in_however_it_is_written() -> None:
    added = people.add_person(
        actor=SYSTEM, login="138 0013 8000", name="丽丽", role=Role.OPS, password=PASSWORD, now=NOW
    )
    phone = Person.objects.get(pk=added.own_id)
    assert phone.login == "13800138000"
    assert [sign_in(login=typed) for typed in ("13800138000", "138-0013-8000", "+86 138 0013 8000")] == [phone] * 3
    with pytest.raises(people.LoginTaken):
        people.add_person(actor=SYSTEM, login="138-00138000", name="敏敏", role=Role.OPS, password=PASSWORD, now=NOW)


def test_a_login_stored_with_spaces_still_signs_in(lily: Person) -> None:
    Person.objects.filter(pk=lily.pk).update(login="138 0013 8000")
    assert sign_in(login=" 138 0013 8000") == lily
    with pytest.raises(accounts_sign_in.WrongSignIn):
        sign_in(login="13800138000")


def test_ten_wrong_passwords_block_a_login_from_that_address_only(lily: Person) -> None:
    guess(10)
    with pytest.raises(accounts_attempts.TooManyAttempts) as refused:
        sign_in()
    assert refused.value.status == 429
    assert refused.value.headers() == {"Retry-After": "900"}
    assert refused.value.sentence("zh") == "尝试次数太多，请 15 分钟后再试"
    assert sign_in(address=ELSEWHERE) == lily
    assert sign_in(later=WINDOW) == lily


def test_a_right_password_resets_the_count_of_its_login(lily: Person) -> None:
    guess(9)
    sign_in()
    guess(9)
    assert sign_in() == lily


def test_wrong_passwords_for_many_logins_block_an_address_for_all_logins(lily: Person, settings: Settings) -> None:
    settings.SIGN_IN_ATTEMPTS_OF_ADDRESS = 6
    for number in range(6):
        guess(1, login=f"guess-{number}")
    with pytest.raises(accounts_attempts.TooManyAttempts):
        sign_in()
    assert sign_in(address=ELSEWHERE) == lily


def test_right_passwords_do_not_count_for_an_address(lily: Person, settings: Settings) -> None:
    settings.SIGN_IN_ATTEMPTS_OF_ADDRESS = 2
    for _ in range(5):
        assert sign_in() == lily


def test_devices_of_one_network_of_version_6_are_counted_together(lily: Person, settings: Settings) -> None:
    settings.SIGN_IN_ATTEMPTS_OF_ADDRESS = 2
    guess(1, address="2001:db8::1", login="a")
    guess(1, address="2001:db8::2", login="b")
    with pytest.raises(accounts_attempts.TooManyAttempts):
        sign_in(address="2001:db8:0:0:ffff::3")
    assert sign_in(address="2001:db8:0:1::3") == lily


def test_a_refused_attempt_changes_no_count(lily: Person) -> None:
    guess(10)
    before = sorted(AttemptCount.objects.values_list("key", "since", "attempts"))
    with pytest.raises(accounts_attempts.TooManyAttempts):
        sign_in()
    assert sorted(AttemptCount.objects.values_list("key", "since", "attempts")) == before
    assert [attempts for _, _, attempts in before] == [10, 10]


def test_counts_store_neither_logins_nor_addresses_and_are_purged(lily: Person) -> None:
    guess(1)
    assert not any("lily" in key or HOME in key for key in AttemptCount.objects.values_list("key", flat=True))
    with clock.set_to(NOW + MAX_WINDOW - timedelta(seconds=1)):
        purge_expired()
    assert AttemptCount.objects.count() == 2
    with clock.set_to(NOW + MAX_WINDOW):
        purge_expired()
    assert not AttemptCount.objects.exists()


def test_a_limit_of_one_kind_does_not_count_for_others() -> None:
    first = by_address(Limit("one", 1, WINDOW), HOME)
    count_attempt([first], now=NOW)
    with pytest.raises(accounts_attempts.TooManyAttempts):
        count_attempt([first, by_address(Limit("other", 1, WINDOW), HOME)], now=NOW)
    count_attempt([by_address(Limit("other", 1, WINDOW), HOME)], now=NOW)


def test_the_api_answers_a_wrong_password_with_401_and_too_many_with_429(lily: Person) -> None:
    client = Client()
    answers = [
        client.post("/api/v1/tokens", {"login": "lily", "password": "wrong-one"}, content_type="application/json")
        for _ in range(11)
    ]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert answers[0].json()["code"] == "accounts.wrong_sign_in"
    assert answers[0]["WWW-Authenticate"] == 'Bearer realm="weicang"'
    assert 890 <= int(answers[10]["Retry-After"]) <= 900
    assert answers[10].json()["code"] == "accounts.too_many_attempts"


def test_the_page_answers_with_the_same_statuses(lily: Person) -> None:
    client = Client()
    answers = [client.post("/sign-in/", {"login": "lily", "password": "wrong-one"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert "登录名或密码不对" in answers[0].content.decode()
    assert 890 <= int(answers[10]["Retry-After"]) <= 900


def test_behind_a_proxy_customers_do_not_share_one_address(lily: Person, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1

    def try_from(forwarded: str, password: str) -> int:
        body = {"login": "lily", "password": password}
        headers = {"X-Forwarded-For": forwarded}
        return Client().post("/api/v1/tokens", body, content_type="application/json", headers=headers).status_code

    # What the guesser writes in front is not believed, so that it cannot look like many addresses.
    guesses = [try_from(f"{number}.1.1.1, {ELSEWHERE}", "wrong-one") for number in range(11)]
    assert guesses == [401] * 10 + [429]
    assert try_from(HOME, PASSWORD) == 200


def test_a_deactivated_person_is_named_so_only_with_the_right_password(lily: Person) -> None:
    people.add_person(actor=SYSTEM, login="other", name="别人", role=Role.OPS, password=PASSWORD, now=NOW)
    people.deactivate(actor=SYSTEM, person_id=lily.pk, reason="离职", now=NOW)
    with pytest.raises(accounts_sign_in.Deactivated):
        sign_in()
    guess(1)


class TestHashing:
    def test_new_passwords_are_argon2id_of_19_mib_two_passes_and_one_lane(
        self, lily: Person, settings: Settings
    ) -> None:
        settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2id", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
        encoded = make_password(PASSWORD)
        assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
        assert not identify_hasher(encoded).must_update(encoded)

    def test_an_earlier_hash_is_replaced_at_the_next_sign_in_and_sessions_stay(
        self, lily: Person, settings: Settings
    ) -> None:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
        Person.objects.update(password=make_password(PASSWORD))
        settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2id", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
        client = Client()
        client.force_login(Person.objects.get())
        sign_in()
        assert Person.objects.get().password.startswith("argon2$")
        assert client.get("/console/").status_code == 200

    def test_limiter_runs_one_lets_others_wait_and_refuses_the_next(self) -> None:
        limiter = HashLimiter(max_running=1, max_waiting=1, wait_seconds=30)
        waits = threading.Event()
        done: list[str] = []

        def wait_to_run() -> None:
            with limiter.admit():
                waits.set()
                with limiter.run():
                    done.append("waited")

        with limiter.admit(), limiter.run():
            thread = threading.Thread(target=wait_to_run)
            thread.start()
            assert waits.wait(timeout=20)
            with pytest.raises(TooManyHashes) as refused, limiter.admit():
                done.append("slipped past")
            assert (refused.value.status, refused.value.headers()) == (503, {"Retry-After": "1"})
            assert done == []
        thread.join(timeout=20)
        assert done == ["waited"]
        with limiter.admit(), limiter.run():
            done.append("free again")
        assert done == ["waited", "free again"]

    def test_limiter_refuses_a_caller_that_waits_too_long_and_frees_its_slot(self) -> None:
        limiter = HashLimiter(max_running=1, max_waiting=1, wait_seconds=0.01)
        with limiter.admit(), limiter.run():
            for _ in range(3):
                with pytest.raises(TooManyHashes), limiter.admit(), limiter.run():
                    pass

    def test_hashes_leave_half_of_the_request_threads_free(self, settings: Settings) -> None:
        settings.CONCURRENT_HASHES, settings.WEB_THREADS = 1, 4
        assert hashing.limiter().max_callers == 2
        settings.WEB_THREADS = 1
        assert hashing.limiter().max_callers == 1

    @pytest.mark.parametrize(
        "ask", ["sign_in_page", "token", "join_page", "join", "change", "link", "clerk", "change_page"]
    )
    def test_every_service_that_hashes_is_refused_beyond_the_limit(self, ask: str, settings: Settings) -> None:
        settings.CONCURRENT_HASHES, settings.WEB_THREADS = 1, 1
        market = Marketplace(now=clock.now())
        ops = Person.objects.get(pk=market.ops.own_id)
        code = invitations.issue_code(actor=market.ops, uses=5, now=clock.now()).code
        link = passwords.issue_password_link(actor=market.ops, person_id=market.clerk.own_id, now=clock.now())
        client = Client()
        client.force_login(ops)
        clerk = {"login": "new-one", "name": "新人", "password": "wei-cang-77"}
        new = {**clerk, "code": code}
        asks = {
            "sign_in_page": ("/sign-in/", {"login": ops.login, "password": PASSWORD}),
            "token": ("/api/v1/tokens", {"login": ops.login, "password": PASSWORD}),
            "join_page": ("/shop/join/", new),
            "join": ("/api/v1/join", new),
            "change": ("/api/v1/me/password", {"old": PASSWORD, "new": "wei-cang-77"}),
            "change_page": ("/account/", {"old": PASSWORD, "new": "wei-cang-77", "again": "wei-cang-77"}),
            "link": ("/api/v1/password-links/redeem", {"secret": link.secret, "new": "wei-cang-77"}),
            "clerk": (f"/api/v1/brands/{market.brand_id}/clerks", clerk),
        }
        address, body = asks[ask]
        state = (Person.objects.count(), AuditEntry.objects.count(), list(Person.objects.values_list("password")))
        options = {"content_type": "application/json"} if address.startswith("/api/") else {}
        with hashing.limiter().admit():
            answer = client.post(address, body, **options)  # type: ignore[arg-type]
        assert (answer.status_code, answer["Retry-After"]) == (503, "1")
        assert "人太多" in (answer.json()["message"] if options else answer.content.decode())
        assert state == (
            Person.objects.count(),
            AuditEntry.objects.count(),
            list(Person.objects.values_list("password")),
        )
        assert list(AttemptCount.objects.values_list("attempts", flat=True)) == ([1] if "join" in ask else [])


class TestJoining:
    """GROWTH-14: nobody learns by joining who is a member."""

    def test_a_taken_login_is_answered_like_a_free_one(self) -> None:
        market = Marketplace(now=clock.now())
        code = invitations.issue_code(actor=market.ops, uses=5, now=clock.now()).code
        daigou = market.reseller()
        taken = Person.objects.get(pk=daigou.actor.own_id).login
        answers = []
        for login in (taken, "free-one"):
            body = {"login": login, "name": "新人", "password": "wei-cang-77", "code": code}
            api = Client().post("/api/v1/join", body, content_type="application/json")
            page = Client().post("/shop/join/", body | {"login": f"{login}-2" if login == "free-one" else login})
            answers.append((api.status_code, api.json().keys(), page.status_code, page["Location"].split("login=")[0]))
        assert answers[0] == answers[1]
        assert (answers[0][0], answers[0][2]) == (201, 302)
        assert Reseller.objects.count() == 3
        assert InvitationCode.objects.get(code=code).used == 2
        assert Person.objects.get(login=taken).name == daigou.actor.name
        assert sign_in("wei-cang-77", login="free-one").role == Role.RESELLER
        guess(1, login=taken)

    def test_attempts_to_join_from_one_address_are_limited_successful_or_not(self, settings: Settings) -> None:
        settings.JOIN_ATTEMPTS_OF_ADDRESS = 3
        market = Marketplace(now=clock.now())
        code = invitations.issue_code(actor=market.ops, uses=9, now=clock.now()).code
        statuses = [
            Client()
            .post(
                "/api/v1/join",
                {"login": f"new-{number}", "name": "新人", "password": "wei-cang-77", "code": each},
                content_type="application/json",
            )
            .status_code
            for number, each in enumerate([code, "NOTACODE", code, code])
        ]
        assert statuses == [201, 404, 201, 429]
        assert Reseller.objects.count() == 2

    def test_an_invalid_code_costs_no_hash(self, settings: Settings) -> None:
        settings.CONCURRENT_HASHES, settings.WEB_THREADS = 1, 1
        with hashing.limiter().admit(), pytest.raises(InvalidCode):
            invitations.join(login="new", name="新人", password="wei-cang-77", code="NOTACODE", now=NOW)
