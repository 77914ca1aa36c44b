"""The web application, for any server that speaks WSGI; ours is `config.server`, which puts `config.rsgi` before it."""

import os

from django.core.wsgi import get_wsgi_application

from config.reporting import start_reporting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["WEICANG_IS_WEB"] = "1"

application = get_wsgi_application()
start_reporting()
