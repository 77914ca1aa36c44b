from django.apps import AppConfig

import db.lookups  # noqa: F401 - registers the lookup `any_of`


class DbConfig(AppConfig):
    name = "db"
