"""Django finds the tables of an app by importing its `models`; everybody else imports from the module that defines the name."""

from aftersales.models import cases, enquiries, fault_reports, photos, refunds, shipping_uploads  # noqa: F401 - to be found
