"""Django finds the tables of an app by importing its `models`; everybody else imports from the module that defines the name."""

from orders.models import lines, orders, payments, recipients, shipping, uploads  # noqa: F401 - to be found
