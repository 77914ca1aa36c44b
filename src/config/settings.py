"""Django's settings. What differs between installations is read from the environment; see `config.environment`."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from celery.schedules import crontab

from config import environment

django_stubs_ext.monkeypatch()

SRC = Path(__file__).resolve().parent.parent
ROOT = SRC.parent

SECRET_KEY = environment.text("WEICANG_SECRET_KEY")
if len(SECRET_KEY) < 32:
    raise environment.BadSetting("WEICANG_SECRET_KEY must have at least 32 characters.")
DEBUG = environment.switch("WEICANG_DEBUG")
IS_DEMO = environment.switch("WEICANG_DEMO")
ALLOWED_HOSTS = environment.text("WEICANG_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
SECURE_COOKIES = environment.switch("WEICANG_HTTPS")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if SECURE_COOKIES else []
REDIS_URL = environment.text("REDIS_URL")
DATA_FOLDER = Path(environment.text("WEICANG_DATA", str(ROOT / ".weicang" / "data")))
STORAGE_URL = environment.storage("WEICANG_STORAGE", default=DATA_FOLDER.absolute().as_uri())
WEB_THREADS = environment.whole("WEICANG_WEB_THREADS", 4, least=1)
IS_WEB = environment.switch("WEICANG_IS_WEB")
# Grabs that arrive together are committed together, in a web process only; 1 places each by itself (ORDER-17).
GRABS_IN_A_BATCH = environment.whole("WEICANG_GRABS_IN_A_BATCH", 64, least=1) if IS_WEB else 1
WAITING_GRABS = environment.whole("WEICANG_WAITING_GRABS", 1000, least=1)
GRAB_WAIT_SECONDS = environment.whole("WEICANG_GRAB_WAIT_SECONDS", 15, least=1)
SENTRY_DSN = environment.address("SENTRY_DSN", "", is_private=True)
SENTRY_ENVIRONMENT = environment.text("SENTRY_ENVIRONMENT", "production")
TRACES_URL = environment.address("OTEL_EXPORTER_OTLP_ENDPOINT", "", is_private=True)
METRICS_TOKEN = environment.secret("WEICANG_METRICS_TOKEN", least=16)
# In ten seconds, of each web process; 0 is no limit (docs/decisions/0321).
REQUESTS_OF_PERSON = environment.whole("WEICANG_REQUESTS_OF_PERSON", 200, least=0)
REQUESTS_OF_ADDRESS = environment.whole("WEICANG_REQUESTS_OF_ADDRESS", 500, least=0)
FORMS_OF_ADDRESS = environment.whole("WEICANG_FORMS_OF_ADDRESS", 20, least=0)
TRUSTED_PROXIES = environment.whole("WEICANG_TRUSTED_PROXIES", int(SECURE_COOKIES), least=0)

INSTALLED_APPS = [
    "accounts",  # before Django's own: its changepassword is the one that ends sessions and is audited
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",  # its widget templates, found by the project's own renderer
    "django_htmx",
    "ninja",
    "config",
    "db",
    "events",
    "ledger",
    "payments",
    "brands",
    "membership",
    "inventory",
    "pricing",
    "flashsales",
    "tracking",
    "wechat",
    "orders",
    "aftersales",
    "settlement",
    "treasury",
    "bank_statements",
    "closings",
    "invoices",
    "forwarding",
    "notices",
    "analysis",
    "rehearsals",
    "integrity",
    "shop",
    "portal",
    "console",
]
MIDDLEWARE = [
    "config.middleware.request_id",
    "config.middleware.security_headers",
    "config.middleware.compression",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.form_files",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.refusals",
]

if TRACES_URL:
    MIDDLEWARE.insert(0, "config.traces.requests")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [SRC / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.base_context",
            ],
            "builtins": ["config.templatetags.formats"],
        },
    }
]

FORM_RENDERER = "config.forms.FormRenderer"

# Only of the web (`config.wsgi` says that it is one): workers read and write for as long as it takes.
STATEMENT_SECONDS = environment.whole("WEICANG_STATEMENT_SECONDS", 10, least=0)
DATABASES = {
    "default": environment.database(
        "DATABASE_URL",
        threads=WEB_THREADS,
        statement_seconds=STATEMENT_SECONDS if IS_WEB else 0,
        # 0 behind PgBouncer in transaction mode, unless it is 1.21 or newer.
        prepares=environment.switch("WEICANG_PREPARED_STATEMENTS", default="1"),
    )
    # A cursor on the server would outlive its transaction, and PgBouncer hands out connections by transactions to the web.
    | {"DISABLE_SERVER_SIDE_CURSORS": IS_WEB}
}
# A copy of the database from which lists, searches and shared pages are read, as long as it is at most so many seconds behind.
if REPLICA_URL := environment.text("WEICANG_REPLICA_URL", " ").strip():
    DATABASES["replica"] = environment.database(
        "WEICANG_REPLICA_URL",
        threads=WEB_THREADS,
        statement_seconds=STATEMENT_SECONDS if IS_WEB else 0,
        prepares=environment.switch("WEICANG_PREPARED_STATEMENTS", default="1"),
    ) | {"DISABLE_SERVER_SIDE_CURSORS": True}
    DATABASE_ROUTERS = ["db.replica.Router"]
    MIDDLEWARE.insert(MIDDLEWARE.index("config.middleware.language"), "config.middleware.own_changes")
REPLICA_MAX_LAG = environment.whole("WEICANG_REPLICA_MAX_LAG_SECONDS", 3, least=2)
# The address of the server without a database's name, where DATABASE_URL leads through PgBouncer: rehearsals make a database.
REHEARSAL_SERVER = environment.text("WEICANG_REHEARSAL_SERVER", " ").strip()
# What its database begins as. A database of the same server that is migrated and empty saves a rehearsal half a minute.
REHEARSAL_TEMPLATE = environment.text("WEICANG_REHEARSAL_TEMPLATE", "template0")
# The folder of pg_dump and pg_restore, of the server's version or newer; none where they are found without.
POSTGRES_PROGRAMS = environment.text("WEICANG_POSTGRES_PROGRAMS", " ").strip()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": environment.text("WEICANG_CACHE_PREFIX", "weicang"),
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}

AUTH_USER_MODEL = "accounts.Person"
LOGIN_URL = "/sign-in/"
PASSWORD_HASHERS = ["accounts.hashers.Argon2id", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
CONCURRENT_HASHES = environment.whole("WEICANG_CONCURRENT_HASHES", 1, least=1)
SIGN_IN_ATTEMPTS = environment.whole("WEICANG_SIGN_IN_ATTEMPTS", 10, least=1)
SIGN_IN_ATTEMPTS_OF_ADDRESS = environment.whole("WEICANG_SIGN_IN_ATTEMPTS_OF_ADDRESS", 100, least=1)
JOIN_ATTEMPTS_OF_ADDRESS = environment.whole("WEICANG_JOIN_ATTEMPTS_OF_ADDRESS", 20, least=1)
PASSWORD_LINK_LIFE = timedelta(hours=environment.whole("WEICANG_PASSWORD_LINK_HOURS", 24, least=1))
MAX_TOKENS = environment.whole("WEICANG_MAX_TOKENS", 100, least=1)
MAX_RECIPIENTS = environment.whole("WEICANG_MAX_RECIPIENTS", 5000, least=1)
MAX_FORWARDS = environment.whole("WEICANG_MAX_FORWARDS", 2000, least=1)
# In PostgreSQL alone: with a cache before it, a cache that is down signs everybody out.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None
# Monitoring asks each web itself, by http.
SECURE_SSL_REDIRECT, SECURE_REDIRECT_EXEMPT = SECURE_COOKIES, [r"^health/", r"^metrics$"]
# Browsers keep to https for so long: 0 until all pages are known to be reached by it (docs/decisions/0324).
SECURE_HSTS_SECONDS = environment.whole("WEICANG_HSTS_SECONDS", 0, least=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = environment.switch("WEICANG_HSTS_SUBDOMAINS")
SECURE_HSTS_PRELOAD = environment.switch("WEICANG_HSTS_PRELOAD")
# `config.middleware.security_headers` sends X-Frame-Options, for answers of other middleware too.
SILENCED_SYSTEM_CHECKS = ["security.W002"]
# What goes for the names below this one, and for the lists that come with browsers, only their owner knows: an explicit 0 is an answer.
SILENCED_SYSTEM_CHECKS += [
    check
    for check, name in (("security.W005", "WEICANG_HSTS_SUBDOMAINS"), ("security.W021", "WEICANG_HSTS_PRELOAD"))
    if environment.text(name, "-") == "0"
]
if SECURE_HSTS_SECONDS and not SECURE_COOKIES:
    raise environment.BadSetting("WEICANG_HSTS_SECONDS goes with WEICANG_HTTPS=1.")
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [SRC / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATICFILES_DIRS = [SRC / "static"]
STATIC_ROOT = DATA_FOLDER.parent / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_FOLDER},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MANIFEST_STRICT = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "web.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
MAX_WORKBOOK_BYTES = environment.whole("WEICANG_MAX_WORKBOOK_MB", 50, least=1) * 1024 * 1024
MAX_UPLOADS_PER_DAY = environment.whole("WEICANG_UPLOADS_PER_DAY", 200, least=1)
MAX_UPLOAD_BYTES_PER_DAY = environment.whole("WEICANG_UPLOAD_MB_PER_DAY", 500, least=1) * 1024 * 1024
PRIVATE_PICTURE_HOSTS = frozenset(environment.text("WEICANG_PRIVATE_PICTURE_HOSTS", " ").split())
"""Hosts (`name:port`) of the operator's own network to which links of pictures may lead; every other one must be public."""
KEEP_REFUSED_WORKBOOKS = timedelta(days=environment.whole("WEICANG_KEEP_REFUSED_DAYS", 3, least=1))
KEEP_WORKBOOKS = timedelta(days=environment.whole("WEICANG_KEEP_WORKBOOKS_DAYS", 90, least=1))
KEEP_ORDER_WORKBOOKS = timedelta(days=environment.whole("WEICANG_KEEP_ORDER_WORKBOOKS_DAYS", 30, least=1))
OWN_PRICE_JUMP = environment.whole("WEICANG_OWN_PRICE_JUMP", 5, least=2)
NORM_PRICE_JUMP = environment.whole("WEICANG_NORM_PRICE_JUMP", 10, least=2)
MIN_FOR_BASELINE = environment.whole("WEICANG_MIN_FOR_BASELINE", 20, least=1)

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    # Enqueueing gives up early: nobody who uploads a workbook waits for a broker that is down. `retry_waiting_uploads` finds the upload.
    "max_retries": 1,
    "interval_start": 0,
    "connect_retries_timeout": 1,
}
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = environment.text("WEICANG_QUEUE", "weicang")
PERIODIC_QUEUE = f"{CELERY_TASK_DEFAULT_QUEUE}-periodic"
EXTERNAL_QUEUE = f"{CELERY_TASK_DEFAULT_QUEUE}-external"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "return unpaid units": {"task": "orders.tasks.expire_unpaid", "schedule": timedelta(seconds=20)},
    "announce sales that opened": {
        "task": "flashsales.tasks.announce_openings",
        "schedule": timedelta(seconds=30),
    },
    "tell of deadlines": {"task": "orders.tasks.tell_of_deadlines", "schedule": timedelta(seconds=30)},
    "hold the draws of sales": {"task": "flashsales.tasks.hold_draws", "schedule": timedelta(seconds=10)},
    "follow the waiting list": {"task": "flashsales.tasks.follow_waiting_list", "schedule": timedelta(seconds=20)},
    "count what is left of styles": {
        "task": "flashsales.tasks.count_changed_styles",
        "schedule": timedelta(seconds=1),
    },
    "count the choices of the finder": {
        "task": "flashsales.tasks.keep_facet_counts",
        "schedule": timedelta(seconds=30),
    },
    "keep the rows of the first page": {
        "task": "flashsales.tasks.keep_first_page",
        "schedule": timedelta(minutes=1),
    },
    "retry waiting jobs of sales": {
        "task": "flashsales.tasks.retry_waiting_sale_jobs",
        "schedule": timedelta(seconds=20),
    },
    "delete workbooks of sales": {
        "task": "flashsales.tasks.delete_old_sheets",
        "schedule": crontab(hour=4, minute=42),
    },
    "tell of units for customers": {"task": "forwarding.tasks.tell_of_units", "schedule": timedelta(seconds=30)},
    "refresh figures": {"task": "analysis.tasks.refresh_figures", "schedule": timedelta(minutes=10)},
    "retry waiting analysis workbooks": {
        "task": "analysis.tasks.retry_waiting_workbooks",
        "schedule": timedelta(seconds=30),
    },
    "delete old analysis workbooks": {
        "task": "analysis.tasks.delete_old_workbooks",
        "schedule": crontab(hour=4, minute=25),
    },
    "return unsold stock": {"task": "flashsales.tasks.close_ended", "schedule": timedelta(seconds=30)},
    "anonymize wishes": {"task": "forwarding.tasks.anonymize_wishes", "schedule": timedelta(hours=6)},
    "draw waiting packs": {"task": "forwarding.tasks.retry_waiting_packs", "schedule": timedelta(seconds=30)},
    "delete old packs": {"task": "forwarding.tasks.purge_packs", "schedule": crontab(hour=4, minute=25)},
    "delete replaced seller pictures": {
        "task": "forwarding.tasks.purge_seller_pictures",
        "schedule": crontab(hour=4, minute=30),
    },
    "purge visits of pages": {"task": "forwarding.tasks.purge_visits", "schedule": crontab(minute=35)},
    "erase contacts": {"task": "aftersales.tasks.erase_contacts", "schedule": crontab(minute=50)},
    "expire agreed returns": {"task": "aftersales.tasks.expire_overdue", "schedule": timedelta(minutes=10)},
    "compare closed days": {"task": "treasury.tasks.compare_days", "schedule": crontab(minute=40)},
    "close days of the ledger": {"task": "ledger.tasks.close_days", "schedule": timedelta(minutes=10)},
    "confirm and close statements": {"task": "settlement.tasks.record_what_lapsed", "schedule": crontab(minute=15)},
    "retry waiting reconciliation lists": {
        "task": "settlement.tasks.retry_waiting_lists",
        "schedule": timedelta(seconds=30),
    },
    "erase reconciliation lists": {"task": "settlement.tasks.erase_lists", "schedule": crontab(hour=4, minute=37)},
    "close answered enquiries": {"task": "aftersales.tasks.close_answered", "schedule": crontab(minute=50)},
    "erase old photos": {"task": "aftersales.tasks.erase_photos", "schedule": crontab(hour=4, minute=55)},
    "retry waiting uploads": {"task": "inventory.tasks.retry_waiting_uploads", "schedule": timedelta(seconds=30)},
    "retry waiting order workbooks": {
        "task": "orders.tasks.retry_waiting_order_uploads",
        "schedule": timedelta(seconds=30),
    },
    "retry waiting shipping workbooks": {
        "task": "aftersales.tasks.retry_waiting_shipping_uploads",
        "schedule": timedelta(seconds=30),
    },
    "erase shipping workbooks": {
        "task": "aftersales.tasks.erase_shipping_uploads",
        "schedule": crontab(hour=4, minute=35),
    },
    "follow payments": {"task": "orders.tasks.follow_payments", "schedule": timedelta(seconds=15)},
    "recognise pay-outs of providers": {
        "task": "bank_statements.tasks.link_provider_payouts",
        "schedule": timedelta(minutes=10),
    },
    "find red letters of invoices": {"task": "invoices.tasks.find_red_letters", "schedule": crontab(minute=25)},
    "erase replaced invoices": {"task": "invoices.tasks.erase_files", "schedule": crontab(hour=4, minute=57)},
    "erase old receipts": {"task": "bank_statements.tasks.erase_receipts", "schedule": crontab(hour=4, minute=52)},
    "fetch provider bills": {"task": "payments.tasks.fetch_bills", "schedule": timedelta(minutes=10)},
    "follow parcels": {"task": "orders.tasks.follow_parcels", "schedule": timedelta(minutes=1)},
    "ask about parcels": {"task": "orders.tasks.ask_about_parcels", "schedule": timedelta(minutes=1)},
    "erase order workbooks": {"task": "orders.tasks.erase_order_uploads", "schedule": crontab(hour=4, minute=45)},
    "delete expired workbooks": {"task": "inventory.tasks.sweep_workbooks", "schedule": crontab(hour=4, minute=40)},
    "roll over the month": {"task": "membership.tasks.roll_over_month", "schedule": crontab(minute=5)},
    "warn of downgrades": {"task": "membership.tasks.warn_of_downgrades", "schedule": crontab(hour=9, minute=30)},
    "grant due rewards": {"task": "aftersales.tasks.grant_due_rewards", "schedule": crontab(minute=20)},
    "forget ended sessions": {"task": "accounts.tasks.purge_sessions", "schedule": crontab(hour=4, minute=50)},
    "delete ended attempts, links and tokens": {
        "task": "accounts.tasks.purge_expired",
        "schedule": timedelta(minutes=30),
    },
    "deliver notices": {"task": "notices.tasks.deliver", "schedule": timedelta(seconds=15)},
    "delete old notices": {"task": "notices.tasks.purge", "schedule": crontab(hour=4, minute=25)},
    "delete old events": {"task": "events.tasks.purge_events", "schedule": crontab(hour=4, minute=20)},
    "check what changed": {"task": "integrity.tasks.check_changes", "schedule": timedelta(minutes=10)},
    "check everything": {"task": "integrity.tasks.check_everything", "schedule": crontab(hour=3, minute=30)},
    "retry waiting rehearsals": {"task": "rehearsals.tasks.retry_waiting", "schedule": timedelta(seconds=30)},
    "run a requested check": {"task": "integrity.tasks.run_requested", "schedule": timedelta(minutes=1)},
    "open coming months": {"task": "membership.tasks.open_growth_months", "schedule": crontab(hour=4, minute=10)},
}
# Periodic jobs have a queue and a worker of their own: files, which take seconds each, never hold them up.
# A worker that was away finds each of them once in its queue, not as often as it was due.
_SLOW_TASKS = ("integrity.", "analysis.tasks.refresh_figures")
"""They stand in line with the files: integrity checks and the figures of analysis take minutes."""
_EXTERNAL_TASKS = (
    "orders.tasks.ask_about_parcels",
    "orders.tasks.follow_payments",
    "payments.tasks.",
    "notices.tasks.deliver",
)
"""They call services of others, which may let their callers wait (NOTICE-10). With a queue of their own a long workbook delays no
notice, and a slow mail server nothing that is done by the clock.
"""


def _queue_of(task: str) -> str:
    if task.startswith(_EXTERNAL_TASKS):
        return EXTERNAL_QUEUE
    return CELERY_TASK_DEFAULT_QUEUE if task.startswith(_SLOW_TASKS) else PERIODIC_QUEUE


for _entry in CELERY_BEAT_SCHEDULE.values():
    _every = _entry["schedule"]
    _entry["options"] = {
        "queue": _queue_of(str(_entry["task"])),
        "expires": _every.total_seconds() if isinstance(_every, timedelta) else 3600,
    }

KUAIDI100_CUSTOMER = environment.text("WEICANG_KUAIDI100_CUSTOMER", "")
KUAIDI100_KEY = environment.text("WEICANG_KUAIDI100_KEY", "")
KUAIDI100_URL = environment.address("WEICANG_KUAIDI100_URL", "https://poll.kuaidi100.com")
KUAIDI100_CALLBACK = environment.address("WEICANG_KUAIDI100_CALLBACK", "")
KUAIDI100_SALT = environment.text("WEICANG_KUAIDI100_SALT", "")
if KUAIDI100_SALT and len(KUAIDI100_SALT) < 16:
    raise environment.BadSetting(
        "WEICANG_KUAIDI100_SALT must have at least 16 characters: it is what proves that a push is genuine."
    )
if bool(KUAIDI100_CUSTOMER) != bool(KUAIDI100_KEY) or bool(KUAIDI100_SALT) != bool(KUAIDI100_CALLBACK):
    raise environment.BadSetting(
        "WEICANG_KUAIDI100_CUSTOMER goes with WEICANG_KUAIDI100_KEY, and WEICANG_KUAIDI100_SALT with WEICANG_KUAIDI100_CALLBACK."
    )

WECHAT_APP_ID = environment.text("WEICANG_WECHAT_APP_ID", "")
WECHAT_SECRET = environment.text("WEICANG_WECHAT_SECRET", "")
WECHAT_URL = environment.address("WEICANG_WECHAT_URL", "https://api.weixin.qq.com")
WECHAT_VERIFICATION_FILES = frozenset(
    filter(None, environment.text("WEICANG_WECHAT_VERIFICATION_FILES", "").split(","))
)
if bool(WECHAT_APP_ID) != bool(WECHAT_SECRET):
    raise environment.BadSetting("WEICANG_WECHAT_APP_ID goes with WEICANG_WECHAT_SECRET.")
if not all(re.fullmatch(r"(MP|WW)_verify_[A-Za-z0-9]+\.txt", name) for name in WECHAT_VERIFICATION_FILES):
    raise environment.BadSetting(
        "WEICANG_WECHAT_VERIFICATION_FILES must be names such as MP_verify_Abc123.txt, with commas between them."
    )

SITE_URL = environment.address("WEICANG_SITE_URL", "")
WECHAT_NOTICE_TEMPLATE = environment.text("WEICANG_WECHAT_NOTICE_TEMPLATE", "")
WECHAT_NOTICE_IS_SUBSCRIPTION = environment.switch("WEICANG_WECHAT_NOTICE_IS_SUBSCRIPTION")
WECHAT_AUTHORIZE_URL = environment.address("WEICANG_WECHAT_AUTHORIZE_URL", "https://open.weixin.qq.com")
MAIL_URL = environment.mail_server("WEICANG_MAIL_URL")
MAIL_FROM = environment.text("WEICANG_MAIL_FROM", "")
SMS_URL = environment.address("WEICANG_SMS_URL", "https://dysmsapi.aliyuncs.com")
SMS_KEY_ID = environment.text("WEICANG_SMS_KEY_ID", "")
SMS_KEY_SECRET = environment.text("WEICANG_SMS_KEY_SECRET", "")
SMS_SIGN_NAME = environment.text("WEICANG_SMS_SIGN_NAME", "")
SMS_NOTICE_TEMPLATE = environment.text("WEICANG_SMS_NOTICE_TEMPLATE", "")
SMS_CODE_TEMPLATE = environment.text("WEICANG_SMS_CODE_TEMPLATE", "")
if bool(MAIL_URL) != bool(MAIL_FROM):
    raise environment.BadSetting("WEICANG_MAIL_URL goes with WEICANG_MAIL_FROM.")
if (
    len({bool(each) for each in (SMS_KEY_ID, SMS_KEY_SECRET, SMS_SIGN_NAME, SMS_NOTICE_TEMPLATE, SMS_CODE_TEMPLATE)})
    > 1
):
    raise environment.BadSetting(
        "WEICANG_SMS_KEY_ID, …_KEY_SECRET, …_SIGN_NAME, …_NOTICE_TEMPLATE and …_CODE_TEMPLATE are set together."
    )

WECHAT_PAY_APP_ID = environment.text("WEICANG_WECHAT_PAY_APP_ID", WECHAT_APP_ID)
WECHAT_PAY_MERCHANT_ID = environment.text("WEICANG_WECHAT_PAY_MERCHANT_ID", "")
WECHAT_PAY_SERIAL = environment.text("WEICANG_WECHAT_PAY_SERIAL", "")
WECHAT_PAY_PRIVATE_KEY = environment.file_text("WEICANG_WECHAT_PAY_PRIVATE_KEY_FILE")
WECHAT_PAY_API_V3_KEY = environment.file_text("WEICANG_WECHAT_PAY_API_V3_KEY_FILE")
WECHAT_PAY_PUBLIC_KEY_ID = environment.text("WEICANG_WECHAT_PAY_PUBLIC_KEY_ID", "")
WECHAT_PAY_PUBLIC_KEY = environment.file_text("WEICANG_WECHAT_PAY_PUBLIC_KEY_FILE")
WECHAT_PAY_URL = environment.address("WEICANG_WECHAT_PAY_URL", "https://api.mch.weixin.qq.com")
if (
    len(
        {
            bool(each)
            for each in (WECHAT_PAY_MERCHANT_ID, WECHAT_PAY_SERIAL, WECHAT_PAY_PRIVATE_KEY, WECHAT_PAY_API_V3_KEY)
        }
    )
    > 1
):
    raise environment.BadSetting(
        "WEICANG_WECHAT_PAY_MERCHANT_ID, …_SERIAL, …_PRIVATE_KEY_FILE and …_API_V3_KEY_FILE are set together."
    )
if WECHAT_PAY_MERCHANT_ID and not (WECHAT_PAY_APP_ID and SITE_URL and len(WECHAT_PAY_API_V3_KEY) == 32):
    raise environment.BadSetting(
        "WeChat Pay needs WEICANG_WECHAT_PAY_APP_ID or WEICANG_WECHAT_APP_ID, WEICANG_SITE_URL, and an API v3 key of 32 characters."
    )
if bool(WECHAT_PAY_PUBLIC_KEY_ID) != bool(WECHAT_PAY_PUBLIC_KEY):
    raise environment.BadSetting("WEICANG_WECHAT_PAY_PUBLIC_KEY_ID goes with WEICANG_WECHAT_PAY_PUBLIC_KEY_FILE.")
ALIPAY_APP_ID = environment.text("WEICANG_ALIPAY_APP_ID", "")
ALIPAY_SELLER_ID = environment.text("WEICANG_ALIPAY_SELLER_ID", "")
ALIPAY_PRIVATE_KEY = environment.file_text("WEICANG_ALIPAY_PRIVATE_KEY_FILE")
ALIPAY_PUBLIC_KEY = environment.file_text("WEICANG_ALIPAY_PUBLIC_KEY_FILE")
ALIPAY_URL = environment.address("WEICANG_ALIPAY_URL", "https://openapi.alipay.com/gateway.do")
if len({bool(each) for each in (ALIPAY_APP_ID, ALIPAY_SELLER_ID, ALIPAY_PRIVATE_KEY, ALIPAY_PUBLIC_KEY)}) > 1:
    raise environment.BadSetting(
        "WEICANG_ALIPAY_APP_ID, …_SELLER_ID, …_PRIVATE_KEY_FILE and …_PUBLIC_KEY_FILE are set together."
    )
if ALIPAY_APP_ID and not SITE_URL:
    raise environment.BadSetting("Alipay needs WEICANG_SITE_URL.")
MAX_PAYMENT_FEN = environment.whole("WEICANG_MAX_PAYMENT_YUAN", 50_000, least=1) * 100
MAX_OPEN_PAYMENTS = environment.whole("WEICANG_MAX_OPEN_PAYMENTS", 20, least=1)
PAYMENT_LIFE = timedelta(minutes=environment.whole("WEICANG_PAYMENT_MINUTES", 30, least=5))

BANK_ACCOUNT = environment.text("WEICANG_BANK_ACCOUNT", "")
INVITATION_TERMS = environment.mapping("WEICANG_INVITATION_TERMS")
UNPAID_ORDER_LIFE = timedelta(minutes=environment.whole("WEICANG_UNPAID_MINUTES", 15, least=1))
RESERVATION_LIFE = timedelta(minutes=environment.whole("WEICANG_RESERVATION_MINUTES", 15, least=1))
SUBSTITUTE_LIFE = timedelta(hours=environment.whole("WEICANG_SUBSTITUTE_HOURS", 24, least=1))
SHIP_WITHIN = timedelta(hours=environment.whole("WEICANG_SHIP_WITHIN_HOURS", 24, least=1))
BANK_ACCOUNT_COOL_DOWN = timedelta(hours=environment.whole("WEICANG_BANK_ACCOUNT_COOL_DOWN_HOURS", 48, least=0))
WITHDRAWAL_MIN_FEN = environment.whole("WEICANG_WITHDRAWAL_MIN_YUAN", 10, least=0) * 100
WITHDRAWAL_MAX_FEN = environment.whole("WEICANG_WITHDRAWAL_MAX_YUAN", 50_000, least=1) * 100
WITHDRAWAL_DAY_FEN = environment.whole("WEICANG_WITHDRAWAL_DAY_YUAN", 100_000, least=1) * 100
WITHDRAWAL_COOL_DOWN = timedelta(hours=environment.whole("WEICANG_WITHDRAWAL_COOL_DOWN_HOURS", 24, least=0))
ONE_TIME_CODE_KEYS = environment.text("WEICANG_ONE_TIME_CODE_KEYS", SECRET_KEY).split()
if not ONE_TIME_CODE_KEYS or any(len(key) < 32 for key in ONE_TIME_CODE_KEYS):
    raise environment.BadSetting("WEICANG_ONE_TIME_CODE_KEYS must be keys of at least 32 characters each.")
CODE_RESET_COOL_DOWN = timedelta(hours=environment.whole("WEICANG_CODE_RESET_COOL_DOWN_HOURS", 24, least=0))
INVOICE_GOODS_TAX_RATE = environment.rate("WEICANG_INVOICE_GOODS_TAX_RATE", "0.13")
INVOICE_FEES_TAX_RATE = environment.rate("WEICANG_INVOICE_FEES_TAX_RATE", "0.06")
ADJUSTMENT_LIMIT_FEN = environment.whole("WEICANG_ADJUSTMENT_LIMIT_YUAN", 0, least=0) * 100
SECOND_PERSON_COOL_DOWN = timedelta(days=environment.whole("WEICANG_SECOND_PERSON_COOL_DOWN_DAYS", 7, least=0))
STATEMENT_CONFIRMATION = timedelta(days=environment.whole("WEICANG_STATEMENT_CONFIRMATION_DAYS", 3, least=1))
STATEMENT_CLOSING = timedelta(days=environment.whole("WEICANG_STATEMENT_CLOSING_DAYS", 30, least=1))
AFTER_SALES_WINDOW = timedelta(days=environment.whole("WEICANG_AFTER_SALES_DAYS", 7, least=0))
CONTACTS_KEPT = timedelta(days=environment.whole("WEICANG_CONTACTS_KEPT_DAYS", 180, least=1))
CASE_DECIDE_WITHIN = timedelta(days=environment.whole("WEICANG_CASE_DECIDE_DAYS", 2, least=1))
CASE_SEND_BACK_WITHIN = timedelta(days=environment.whole("WEICANG_CASE_SEND_BACK_DAYS", 7, least=1))
CASE_RECEIVE_WITHIN = timedelta(days=environment.whole("WEICANG_CASE_RECEIVE_DAYS", 10, least=1))
MAX_PHOTO_BYTES = environment.whole("WEICANG_MAX_PHOTO_MB", 12, least=1) * 1024 * 1024
MAX_PHOTOS_PER_DAY = environment.whole("WEICANG_PHOTOS_PER_DAY", 200, least=1)
KEEP_CASE_PHOTOS = timedelta(days=environment.whole("WEICANG_KEEP_PHOTOS_DAYS", 180, least=1))
KEEP_RECEIPTS = timedelta(days=environment.whole("WEICANG_KEEP_RECEIPTS_DAYS", 180, least=1))
ENQUIRY_ANSWER_WITHIN = timedelta(hours=environment.whole("WEICANG_ENQUIRY_ANSWER_HOURS", 24, least=1))
ENQUIRY_CLOSED_AFTER = timedelta(days=environment.whole("WEICANG_ENQUIRY_CLOSED_DAYS", 7, least=1))
MAX_OPEN_ENQUIRIES = environment.whole("WEICANG_MAX_OPEN_ENQUIRIES", 20, least=1)
MAX_MESSAGES_PER_HOUR = environment.whole("WEICANG_MESSAGES_PER_HOUR", 60, least=1)
WISH_RETENTION = timedelta(days=environment.whole("WEICANG_WISHES_KEPT_DAYS", 30, least=1))
MAX_FAULT_REPORTS_PER_NETWORK_AND_HOUR = environment.whole("WEICANG_FAULT_REPORTS_PER_NETWORK", 60, least=1)
REPEATED_SHARE_HOURS = environment.whole("WEICANG_REPEATED_SHARE_HOURS", 12, least=0)
MAX_WISHES_PER_NETWORK_AND_HOUR = environment.whole("WEICANG_WISHES_PER_NETWORK", 600, least=10)
REFUND_ONLY_MAX_FEN = environment.whole("WEICANG_REFUND_ONLY_YUAN", 100, least=0) * 100

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "config.logs.JsonLines"}},
    "filters": {"busy_as_warning": {"()": "config.logs.BusyAsWarning"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": environment.text("WEICANG_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": [], "propagate": True},
        "django.request": {"filters": ["busy_as_warning"]},
        "httpx": {"level": "WARNING"},  # at INFO it writes whole addresses, and some hold access tokens
    },
}
