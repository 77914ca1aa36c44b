"""`/metrics` for Prometheus: what all processes of this machine have counted, and figures about the state of the service.

Counts lie in files of the folder PROMETHEUS_MULTIPROC_DIR, which `config.server` makes for its processes; prometheus_client adds them up.
"""

import hmac
import os
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

from accounts.permissions import bearer_token, public_page
from config.figures import Figures

FACES: Final = ("api", "shop", "portal", "console", "f", "s")
"""First parts of addresses that are told apart by their durations: the API, three faces, and pages for customers."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUESTS = Counter("weicang_requests", "Requests that were answered.", ["route", "method", "status"])
SECONDS = Histogram(
    "weicang_request_seconds",
    "How long answers took, from the whole body to the answer.",
    ["face"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
FIGURES = Figures()


def count_request(request: HttpRequest, status: int, seconds: float) -> None:
    """Called once for each answer. `route` is the pattern of its address: an address that does not exist has none."""
    route = request.resolver_match.route if request.resolver_match else ""
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(route, method, status).inc()
    face = request.path_info[1:].partition("/")[0]
    SECONDS.labels(face if face in FACES else "other").observe(seconds)


@public_page
def page(request: HttpRequest) -> HttpResponse:
    """There is no such address unless WEICANG_METRICS_TOKEN is set, and none for who does not send it (docs/decisions/0328)."""
    token = settings.METRICS_TOKEN
    if not token or not hmac.compare_digest(bearer_token(request).encode(), token.encode()):
        raise Http404
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
    else:
        registry.register(REGISTRY)
    registry.register(FIGURES)
    return registry
