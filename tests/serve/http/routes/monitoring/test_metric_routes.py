"""Metrics: a live scrape is read by Prometheus' own parsers, and the dashboard and the alerts ask for nothing that it lacks."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
import yaml
from fakes import claimed, wish
from in_process_service import Served, served
from prometheus_client import parser
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics_parser

from pipeline.errors import StoreError
from pipeline.settings import Settings
from pipeline.store.database.database import now
from pipeline.values.tasks import Priority, StageRun, StageStatus
from serve.http.middleware.request_metrics import METHODS, OTHER
from serve.metrics.process_metrics import time_engine_call, time_store_call
from serve.status.service_metrics import ServiceMetrics

ROOT = Path(__file__).parents[5]
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
FROM_PROMETHEUS = {"instance", "job", "le"}  # labels that every scrape gets, and that of buckets
METRIC = re.compile(r"\b((?:dubarr|up)[a-z_]*)\b(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\b(?:by|on|without) \(([^)]*)\)")
FUNCTIONS = {"sum", "min", "max", "rate", "increase", "histogram_quantile", "by", "on", "and", "or"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service whose every metric has a sample."""
    with served(tmp_path_factory.mktemp("metrics")) as service:
        store = service.store
        for number, reason in enumerate(("", "StageError")):
            _, lease = claimed(store, Path(f"/films/{number}.mkv"))
            store.leases.record_probe(lease, source_lang="en", duration=60.0, has_subtitles=False)
            began = StageRun("mix", "es", 1, StageStatus.RUNNING, now(), engine="kokoro")
            store.stages.record_run(lease, began)
            store.stages.record_run(lease, replace(began, status=StageStatus.DONE, seconds=7.0, executed=3, reused=2))
            store.leases.fail(lease, "mix: /secret.mkv", reason=reason) if reason else store.leases.finish(
                lease, Path("/dub.mkv")
            )
        store.tasks.submit(replace(wish(Path("/films/bulk.mkv")), priority=Priority.BULK))
        with time_store_call("tasks"), pytest.raises(StoreError), time_engine_call("tts"):
            raise StoreError("no")
        for path in ("/health", "/api/tasks/77", "/nonsense/1", "/nonsense/2"):
            service.client.get(path)
        yield service


def scrape(service: Served) -> dict[str, Metric]:
    answer = service.client.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    return {family.name: family for family in parser.text_string_to_metric_families(answer.text)}


def value(families: Mapping[str, Metric], name: str, **labels: str) -> float:
    (found,) = (
        each.value for family in families.values() for each in family.samples if each.name == name and each.labels == labels
    )
    return found


def test_the_totals_of_the_store_are_those_of_its_tasks(filled: Served) -> None:
    families = scrape(filled)
    assert value(families, "dubarr_tasks", status="queued", priority="bulk") == 1
    assert value(families, "dubarr_tasks_ended_total", status="done", reason="") == 1
    assert value(families, "dubarr_tasks_ended_total", status="error", reason="StageError") == 1
    stage = {"stage": "mix", "engine": "kokoro"}
    assert value(families, "dubarr_stage_duration_seconds_count", **stage) == 2
    assert value(families, "dubarr_stage_duration_seconds_sum", **stage) == 14.0
    assert value(families, "dubarr_stage_duration_seconds_bucket", **stage, le="5.0") == 0
    assert value(families, "dubarr_stage_duration_seconds_bucket", **stage, le="10.0") == 2
    assert value(families, "dubarr_cache_hits_total", stage="mix") == 4
    assert value(families, "dubarr_dubbed_film_seconds_total") == 60.0
    assert value(families, "dubarr_engine_calls_running", role="synthesizer", engine="espeak") == 3
    assert value(families, "dubarr_store_up") == 1 and value(families, "dubarr_engine_call_failures_total", deployment="tts") == 1


def test_requests_are_counted_by_template_so_that_labels_are_bounded(filled: Served) -> None:
    before = scrape(filled)
    for number in range(20):
        filled.client.get(f"/api/tasks/{number + 1_000}")
        filled.client.request("GET", f"/nonsense/{number}")
        filled.client.request("PROPFIND", "/health")
    after = scrape(filled)
    count = {"method": "GET", "route": "/api/tasks/{task_id}", "status": "404"}
    name = "dubarr_http_requests_total"
    assert value(after, name, **count) - value(before, name, **count) == 20
    samples = {name: len(family.samples) for name, family in after.items()}
    assert sum(samples.values()) <= sum(len(family.samples) for family in before.values()) + 30
    assert {each.labels["method"] for each in after["dubarr_http_requests"].samples} <= {*METHODS, OTHER}
    assert "secret" not in filled.client.get("/metrics").text, "a reason is a class of error, never its text"


def test_a_failed_login_is_counted_and_refused_requests_have_no_route_of_ours(filled: Served) -> None:
    before = value(scrape(filled), "dubarr_login_failures_total")
    assert filled.client.get("/metrics", auth=("dubarr", "wrong")).status_code == 401
    after = scrape(filled)
    assert value(after, "dubarr_login_failures_total") == before + 1
    assert value(after, "dubarr_http_requests_total", method="GET", route="other", status="401") >= 1


def test_openmetrics_is_given_where_it_is_asked_for_and_is_strict(filled: Served) -> None:
    answer = filled.client.get("/metrics", headers={"Accept": OPENMETRICS})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {family.name for family in openmetrics_parser.text_string_to_metric_families(answer.text)}
    assert families == set(scrape(filled))


def test_names_follow_the_conventions(filled: Served) -> None:
    for name, family in scrape(filled).items():
        assert name.startswith("dubarr_") and family.documentation.endswith(".") and family.samples, name
        assert not re.search(r"milli|_ms\b|minutes|_mb\b|_gb\b|keeper", name), name
        if family.type == "counter":
            assert all(each.name.endswith("_total") for each in family.samples), name
        if family.type == "histogram":
            assert name.endswith("_seconds"), name


def list_queries() -> Iterator[tuple[str, str, str]]:
    """Title, query and legend of each panel, and name and query of each rule."""
    board = json.loads((ROOT / "docs" / "grafana.json").read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"], target["legendFormat"]
    for group in yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text())["groups"]:
        for rule in group["rules"]:
            texts = " ".join(rule.get("annotations", {}).values())
            yield rule.get("alert") or rule["record"], rule["expr"], " ".join(re.findall(r"\$labels\.\w+", texts))


def find_missing(query: str, legend: str, scraped: Mapping[str, set[str]]) -> list[str]:
    """Names of metrics and labels of a query that the scrape lacks."""
    found = [match for match in METRIC.finditer(query) if match[1] != "up"]
    missing = [match[1] for match in found if match[1] not in scraped]
    known = set().union(*(scraped.get(match[1], set()) for match in found)) | FROM_PROMETHEUS
    asked = {label for match in found for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", match[2] or "")}
    asked |= {label.strip() for group in GROUPED.findall(query) for label in group.split(",")}
    asked |= set(re.findall(r"\{\{\s*(\w+)\s*\}\}", legend)) | set(re.findall(r"\$labels\.(\w+)", legend))
    return missing + sorted(asked - known)


def test_every_query_of_the_dashboard_and_the_alerts_is_answered_by_a_live_scrape(filled: Served) -> None:
    scraped: dict[str, set[str]] = {}
    for family in scrape(filled).values():
        for sample in family.samples:
            scraped.setdefault(sample.name, set()).update(sample.labels)
    queries = list(list_queries())
    assert len(queries) > 40
    assert {title: missing for title, query, legend in queries if (missing := find_missing(query, legend, scraped))} == {}
    used = {match[1] for _, query, _ in queries for match in METRIC.finditer(query)}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in scraped}
    assert shown - families == set(), "a metric that no panel and no alert shows"


def test_a_query_of_a_metric_or_a_label_that_is_not_there_is_found() -> None:
    scraped = {"dubarr_tasks": {"status", "priority"}}
    assert find_missing("sum by (status) (dubarr_tasks)", "{{status}}", scraped) == []
    assert find_missing("sum(dubarr_task)", "", scraped) == ["dubarr_task"]
    assert find_missing('sum by (state) (dubarr_tasks{kind="a"})', "{{name}}", scraped) == ["kind", "name", "state"]


def test_the_dashboard_imports_clean() -> None:
    board = json.loads((ROOT / "docs" / "grafana.json").read_text())
    assert board["schemaVersion"] >= 36 and board["id"] is None and board["uid"] and board["title"] == "Dubarr"
    variables = {each["name"]: each for each in board["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, f"{panel['title']} lies over another panel"
        taken |= cells
        if panel["type"] == "row":
            continue
        assert panel["fieldConfig"]["defaults"]["unit"] and panel["targets"], panel["title"]
        for target in panel["targets"]:
            assert target["legendFormat"] and target["datasource"]["uid"] == "${datasource}", panel["title"]


def test_without_a_store_the_scrape_tells_that_and_the_rest() -> None:
    def refuse() -> NoReturn:
        raise StoreError("it restarts")

    families = {each.name for each in ServiceMetrics(refuse, refuse, dict, Settings).collect()}
    assert families == {"dubarr_build_info", "dubarr_disk_free_bytes", "dubarr_disk_size_bytes", "dubarr_store_up"}
