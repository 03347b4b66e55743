"""Metrics of the service for one scrape: totals of the store, resources of the cluster, and the sums over all processes.

A collector that reads the store, instead of Ray's own export (`ray.util.metrics`): films, stage seconds and cache hits are counted in
the store, in the transaction of what they count, so that no restart loses one and no replica counts one twice. Ray's metrics live in
the process that observed them, begin again with it, and leave by an exporter on each node that asks for no password and adds Ray's own
series (Ray 2.60, an idle node: 896 series, 308 kB, 25 ms a scrape). Replicas, calls, CPUs and GPUs, which Ray alone knows, are read
from Serve and Ray at the scrape. So one scrape of any replica tells all, behind the service's own authentication.
"""

import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from pipeline.errors import DubarrError
from pipeline.filesystem.disk_space import find_existing_folder
from pipeline.settings import Settings
from pipeline.values.monitoring.outbox import OutboxStatus, Receiver
from pipeline.values.monitoring.totals import STAGE_BUCKETS_S, StageTotal, StoreTotals
from pipeline.values.service_status import EngineState, SystemStatus
from pipeline.values.tasks import Priority, TaskStatus
from serve.metrics.process_metrics import list_families
from serve.metrics.process_sums import Samples

LabelledValues = Mapping[tuple[str, ...], float]  # label values → value

WORKING_STATUSES = frozenset({"READY", "IDLE"})  # of engines


class ServiceMetrics:
    """Collector of all metrics (of prometheus-client's `Collector` protocol). `sum_processes`: the samples of all processes."""

    def __init__(
        self,
        totals: Callable[[], StoreTotals],
        resources: Callable[[], SystemStatus],
        sum_processes: Callable[[], Samples],
        settings: Callable[[], Settings],
    ) -> None:
        self._totals, self._resources, self._sum_processes, self._settings = totals, resources, sum_processes, settings

    def collect(self) -> Iterator[Metric]:
        """Collect all metric families. Without an answer of the store: `dubarr_store_up` 0, and what needs no store."""
        yield make_gauge("dubarr_build_info", "Version of Dubarr; always 1.", ("version",), {(version("dubarr"),): 1})
        yield from measure_disks(self._settings())
        try:
            totals, resources, samples = self._totals(), self._resources(), self._sum_processes()
        except DubarrError:
            yield make_gauge("dubarr_store_up", "1 where the store answers.", (), {(): 0})
            return
        yield make_gauge("dubarr_store_up", "1 where the store answers.", (), {(): 1})
        yield from make_store_families(totals)
        yield from make_resource_families(resources)
        yield from make_process_families(samples)


def make_gauge(name: str, text: str, names: tuple[str, ...], values: LabelledValues) -> Metric:
    """Make a gauge of label values → value."""
    family = GaugeMetricFamily(name, text, labels=names)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def make_counter(name: str, text: str, names: tuple[str, ...], values: LabelledValues) -> Metric:
    """Make a counter of label values → value. `name` ends in `_total`."""
    family = CounterMetricFamily(name, text, labels=names)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def measure_disks(settings: Settings) -> Iterator[Metric]:
    """Measure size and free space of the file systems of the service's folders."""
    folders = {"data": settings.data_dir, "videos": settings.videos_dir, "logs": settings.logs_dir}
    usages = {name: shutil.disk_usage(find_existing_folder(path)) for name, path in folders.items()}
    free: LabelledValues = {(name,): usage.free for name, usage in usages.items()}
    size: LabelledValues = {(name,): usage.total for name, usage in usages.items()}
    yield make_gauge("dubarr_disk_free_bytes", "Free space of the file system of a folder.", ("folder",), free)
    yield make_gauge("dubarr_disk_size_bytes", "Size of the file system of a folder.", ("folder",), size)


def make_store_families(totals: StoreTotals) -> Iterator[Metric]:
    """Make the families of the store's totals."""
    queue: dict[tuple[str, ...], float] = {
        (status.lower(), priority.name.lower()): float(totals.tasks.get((status, priority), 0))
        for status in TaskStatus
        for priority in Priority
    }
    yield make_gauge("dubarr_tasks", "Tasks, by status and priority.", ("status", "priority"), queue)
    ended: dict[tuple[str, ...], float] = {("done", ""): 0.0}
    ended |= {(each.status.lower(), each.reason): float(each.tasks) for each in totals.ended}
    yield make_counter(
        "dubarr_tasks_ended_total", "Tasks that ended, by status and class of the error.", ("status", "reason"), ended
    )
    film, work = sum(each.film_seconds for each in totals.ended), sum(each.work_seconds for each in totals.ended)
    lines = float(sum(each.lines for each in totals.ended))
    yield make_counter("dubarr_dubbed_film_seconds_total", "Film, times languages, of dubs that were computed.", (), {(): film})
    yield make_counter("dubarr_dub_work_seconds_total", "Time of the attempts that computed those dubs.", (), {(): work})
    yield make_counter("dubarr_dubbed_lines_total", "Lines of those dubs.", (), {(): lines})
    yield from _make_stage_families(totals.stages)
    yield from make_outbox_families(totals.outbox)


def make_outbox_families(outbox: OutboxStatus) -> Iterator[Metric]:
    """Make the families of the messages about ended tasks that wait for their delivery."""
    waiting: LabelledValues = {(str(each),): outbox.waiting.get(each, 0) for each in Receiver}
    yield make_gauge("dubarr_outbox_messages", "Messages that wait for delivery to another application.", ("receiver",), waiting)
    age = (datetime.now(UTC).replace(tzinfo=None) - outbox.oldest_at).total_seconds() if outbox.oldest_at else 0.0
    yield make_gauge("dubarr_outbox_oldest_seconds", "Age of the oldest of them; 0 without any.", (), {(): max(0.0, age)})


def _make_stage_families(stages: tuple[StageTotal, ...]) -> Iterator[Metric]:
    seconds = HistogramMetricFamily(
        "dubarr_stage_duration_seconds", "Runs of stages that computed something.", labels=("stage", "engine")
    )
    hits: dict[tuple[str, ...], float] = {}
    misses: dict[tuple[str, ...], float] = {}
    for each in stages:
        seconds.add_metric((each.stage, each.engine), _cumulate(each.runs), each.seconds)
        hits[each.stage,] = hits.get((each.stage,), 0.0) + each.reused
        misses[each.stage,] = misses.get((each.stage,), 0.0) + each.executed
    yield seconds
    yield make_counter("dubarr_cache_hits_total", "Answers of stages from the cache.", ("stage",), hits)
    yield make_counter("dubarr_cache_misses_total", "Answers of stages that were computed.", ("stage",), misses)


def _cumulate(runs: Mapping[float, int]) -> list[tuple[str, float]]:
    """Cumulative buckets of a histogram, as Prometheus counts."""
    count, buckets = 0, []
    for bound in (*STAGE_BUCKETS_S, math.inf):
        count += runs.get(bound, 0)
        buckets.append(("+Inf" if bound == math.inf else str(bound), float(count)))
    return buckets


def make_resource_families(system: SystemStatus) -> Iterator[Metric]:
    """Make the families of engines, workers, cluster and folders."""
    engines, role = system.engines, ("role", "engine")

    def of_engines(value: Callable[[EngineState], float]) -> dict[tuple[str, ...], float]:
        return {(each.role, each.engine): value(each) for each in engines if each.status != "OFF"}

    yield make_gauge(
        "dubarr_engine_up",
        "1 where an engine is ready, or scaled to zero.",
        role,
        of_engines(lambda each: each.status in WORKING_STATUSES),
    )
    yield make_gauge("dubarr_engine_replicas", "Running replicas of an engine.", role, of_engines(lambda each: each.running))
    yield make_gauge("dubarr_engine_replicas_starting", "Replicas that start.", role, of_engines(lambda each: each.starting))
    yield make_gauge("dubarr_engine_replicas_limit", "Most replicas of an engine.", role, of_engines(lambda each: each.most))
    yield make_gauge("dubarr_engine_calls_running", "Calls that replicas answer.", role, of_engines(lambda each: each.in_flight))
    yield make_gauge("dubarr_engine_calls_waiting", "Calls that wait.", role, of_engines(lambda each: each.waiting))
    workers, cluster = system.workers, system.cluster
    yield make_gauge("dubarr_worker_up", "1 where a worker has sent a heartbeat lately.", (), {(): workers.alive})
    yield make_gauge("dubarr_worker_replicas", "Running workers.", (), {(): workers.running})
    yield make_gauge("dubarr_cluster_nodes", "Nodes of the Ray cluster that live.", (), {(): cluster.nodes})
    counted: LabelledValues = {("cpu",): cluster.cpus, ("gpu",): cluster.gpus}
    unused: LabelledValues = {("cpu",): cluster.cpus_free, ("gpu",): cluster.gpus_free}
    yield make_gauge("dubarr_cluster_resources", "CPUs and GPUs of the cluster, as Ray counts.", ("resource",), counted)
    yield make_gauge("dubarr_cluster_resources_free", "CPUs and GPUs that no replica holds.", ("resource",), unused)
    sizes: LabelledValues = {(name,): float(size) for name, size in system.disk.parts}
    yield make_gauge("dubarr_folder_size_bytes", "Size of the service's files, measured every minute.", ("folder",), sizes)


def make_process_families(samples: Samples) -> Iterator[Metric]:
    """Make the families of the sums over all processes."""
    families = {name: Metric(name, text, kind) for name, (text, kind) in list_families().items()}
    for sample, value in samples.items():
        if family := families.get(sample.family):  # unknown: of a replica of another release, while they are replaced
            family.add_sample(sample.name, dict(sample.labels), value)
    yield from families.values()
