"""Metrics of this process (prometheus-client): HTTP requests, logins, uploads, event streams, calls to the store and to engines.

Processes report them to the store actor, which sums them (`serve.metrics.process_sums`): one scrape of any ingress replica tells those
of all replicas and workers.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from serve.metrics.process_sums import Sample, Samples

CREATED_SUFFIX = "_created"  # of samples that tell when a series began, which would not sum up
REQUEST_BUCKETS_S = (0.005, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0)
STORE_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
ENGINE_BUCKETS_S = (0.05, 0.25, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0, 1_800.0)

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "dubarr_http_requests_total", "HTTP requests, by route template and status.", ("method", "route", "status"), registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "dubarr_http_request_duration_seconds",
    "Time until the headers of a response were sent, by route template.",
    ("method", "route"),
    buckets=REQUEST_BUCKETS_S,
    registry=REGISTRY,
)
LOGIN_FAILURES = Counter("dubarr_login_failures_total", "Requests with wrong credentials.", registry=REGISTRY)
BROKEN_ANSWERS = Counter(
    "dubarr_broken_cache_answers_total",
    "Cached answers whose file was missing or changed, by what found it: a use, or the check of all files.",
    ("found_by",),
    registry=REGISTRY,
)
for finder in ("use", "check"):
    BROKEN_ANSWERS.labels(finder)  # a series from the start, so that the first one counts
UPLOADS = Gauge("dubarr_uploads_in_flight", "Uploads whose body is being received.", registry=REGISTRY)
STREAMS = Gauge("dubarr_event_streams", "Open streams of events.", registry=REGISTRY)
STREAM_RESETS = Counter(
    "dubarr_event_stream_resets_total", "Streams told to read the state again: events were lost to them.", registry=REGISTRY
)
STORE_SECONDS = Histogram(
    "dubarr_store_call_duration_seconds",
    "Calls to the store actor as their callers see them, by part of the store.",
    ("part",),
    buckets=STORE_BUCKETS_S,
    registry=REGISTRY,
)
ENGINE_SECONDS = Histogram(
    "dubarr_engine_call_duration_seconds",
    "Calls to engines as their callers see them, waiting included.",
    ("deployment",),
    buckets=ENGINE_BUCKETS_S,
    registry=REGISTRY,
)
ENGINE_FAILURES = Counter(
    "dubarr_engine_call_failures_total", "Calls to engines that raised an error.", ("deployment",), registry=REGISTRY
)


def read_samples() -> Samples:
    """Read the samples of this process."""
    return {
        Sample(family.name, sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if not sample.name.endswith(CREATED_SUFFIX)
    }


@contextmanager
def time_store_call(part: str) -> Iterator[None]:
    """Observe the time of a call to the store actor."""
    began = time.perf_counter()
    try:
        yield
    finally:
        STORE_SECONDS.labels(part).observe(time.perf_counter() - began)


@contextmanager
def time_engine_call(deployment: str) -> Iterator[None]:
    """Observe the time of a call to an engine, and whether it failed."""
    began, failed = time.perf_counter(), True
    try:
        yield
        failed = False
    finally:
        ENGINE_FAILURES.labels(deployment).inc(failed)
        ENGINE_SECONDS.labels(deployment).observe(time.perf_counter() - began)


def list_families() -> Mapping[str, tuple[str, str]]:
    """Family → its help text and type, of the metrics of a process."""
    return {family.name: (family.documentation, family.type) for family in REGISTRY.collect()}


def list_label_names() -> Mapping[str, tuple[str, ...]]:
    """Family → its label names, of those that have any."""
    labelled = (BROKEN_ANSWERS, REQUESTS, REQUEST_SECONDS, STORE_SECONDS, ENGINE_SECONDS, ENGINE_FAILURES)
    return {next(iter(each.describe())).name: tuple(each._labelnames) for each in labelled}
