"""All addresses of the service, and a POST that reads and answers nothing."""

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI

from config.urls import *  # noqa: F403
from config.urls import urlpatterns as service

trivial = NinjaAPI(urls_namespace="trivial", docs_url=None, openapi_url=None)


@trivial.post("/nothing")
def nothing(request: HttpRequest) -> dict[str, bool]:
    return {"done": True}


urlpatterns = [path("trivial/", trivial.urls), *service]
