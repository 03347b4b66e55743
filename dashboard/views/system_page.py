"""The system page: engines and workers, throughput, disk usage, recent errors, and the log."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from markupsafe import Markup

from dashboard.urls import FilmRoute, SystemRoute, format_url
from dashboard.view_models import PageModel, SystemModel
from dashboard.views import formatting
from dashboard.views.page_parts import PageParts, draw_empty_state, draw_figure_placeholder
from pipeline.values.service_status import ROLE_LABELS, Cluster, DiskUse, EngineState, Failure, FinishedFilm, Workers

FRAME = Markup(
    """<h1 class="vh">System</h1><div class="halves">
<section class="card wide" aria-labelledby="engines-title"><div class="bar"><h2 id="engines-title">Engines</h2>
<span id="cluster" class="soft">{cluster}</span> <a href="docs" target="_blank" rel="noopener">API documentation</a></div><div id="engines" class="scroll" tabindex="0" role="group" aria-label="Table of engines">{engines}</div></section>
<section class="card wide" aria-labelledby="speed-title"><h2 id="speed-title">Throughput</h2>
<div id="speed">{speed}</div><div class="plots" id="plots">{plots}</div></section>
<section class="card" aria-labelledby="disk-title"><h2 id="disk-title">Disk</h2><div id="disk">{disk}</div></section>
<section class="card" aria-labelledby="failures-title"><h2 id="failures-title">Recent errors</h2>
<ul class="failures" id="failures">{failures}</ul></section>
<section class="card wide log" aria-labelledby="log-title"><div class="bar"><h2 id="log-title">Log</h2>
<nav class="chips" id="levels" aria-label="Levels">{levels}</nav>
<form class="find" role="search" data-find="log"><input type="search" name="search" maxlength="200" autocomplete="off"
 aria-label="Search the log" placeholder="Filter"></form>
<label class="follow"><input type="checkbox" id="follow" checked> Follow</label></div>
<div id="log" role="log" aria-live="off" aria-labelledby="log-title" tabindex="0">{log}</div></section></div>"""
)
TABLE = Markup(
    "<table><thead><tr><th scope='col'>Role</th><th scope='col'>Engine</th><th scope='col'>Status</th><th scope='col' class='number'>Replicas</th>"
    "<th scope='col' class='number'>GPUs per replica</th><th scope='col' class='number'>CPUs per replica</th><th scope='col' class='number'>In flight</th>"
    "<th scope='col' class='number'>Queued</th></tr></thead><tbody>{}</tbody></table>"
)
ROW = Markup(
    "<tr data-word='{word}'><th scope='row'>{role}</th><td>{engine}</td><td><span class='state'><span class='dot' aria-hidden='true'></span> <b>{word}</b></span>{trouble}</td>"
    "<td class='number'>{replicas}</td><td class='number'>{gpus}</td><td class='number'>{cpus}</td><td class='number'>{at_work}</td>"
    "<td class='number'>{waiting}</td></tr>"
)
LEVEL_LABELS = {"": "All", "WARNING": "Warnings", "ERROR": "Errors"}
PART_LABELS = {"database": "Database", "artifacts": "Cache", "dubs": "Finished dubs", "videos": "Uploads"}


def draw_system_page(model: PageModel, route: SystemRoute) -> PageParts:
    """Page of the service's status and log."""
    if not isinstance(model.content, SystemModel):
        return PageParts("asking", "System", Markup('<p class="soft">Loading …</p>'))
    state = model.content.system
    if model.connection_error:  # the last known states are none any more
        unknown = tuple(replace(engine, status="UNKNOWN") for engine in state.engines)
        state = replace(state, engines=unknown, workers=replace(state.workers, alive=False))
    return PageParts(
        key="system",
        title="System",
        frame=FRAME,
        regions={
            "cluster": Markup("{}").format(_describe_cluster(state.cluster)),
            "engines": _draw_engine_table(state.engines, state.workers) + _draw_trouble(state.deliveries),
            "speed": _describe_throughput(state.finished),
            "plots": _draw_plots(state.finished),
            "disk": draw_disk_usage(state.disk),
            "levels": _draw_level_chips(route),
        },
        lists={"failures": _draw_failures(state.failures)},
        log=model.content.log,
    )


def _describe_cluster(cluster: Cluster) -> str:
    nodes = f"{cluster.nodes} node{'' if cluster.nodes == 1 else 's'}"
    cpus = f"{cluster.cpus - cluster.cpus_free:g} of {cluster.cpus:g} CPUs in use"
    gpus = f"{cluster.gpus - cluster.gpus_free:.2g} of {cluster.gpus:g} GPUs in use" if cluster.gpus else "no GPU"
    return f"{nodes} · {cpus} · {gpus}"


def _draw_engine_table(engines: Sequence[EngineState], workers: Workers) -> Markup:
    rows = [
        ROW.format(
            word="READY" if workers.alive else "OFFLINE",
            role="Worker",
            engine="–",
            trouble="",
            replicas=_format_replicas(workers.running, workers.starting, workers.most, workers.stopping),
            gpus="–",
            cpus=f"{workers.num_cpus:g}",
            at_work="",
            waiting="",
        )
    ]
    rows += [_draw_engine_row(engine) for engine in engines]
    return TABLE.format(Markup("").join(rows))


def _draw_trouble(sentence: str | None) -> Markup:
    return Markup('<p class="error">{}</p>').format(sentence) if sentence else Markup("")


def _draw_engine_row(engine: EngineState) -> Markup:
    return ROW.format(
        word=engine.status,
        role=ROLE_LABELS.get(engine.role, engine.role),
        engine=engine.engine,
        trouble=Markup('<p class="error">{}</p>').format(engine.trouble) if engine.trouble else "",
        replicas=_format_replicas(engine.running, engine.starting, engine.most) if engine.most else "–",
        gpus=f"{engine.num_gpus:g}" if engine.num_gpus else "–",
        cpus=f"{engine.num_cpus:g}" if engine.most else "–",
        at_work=engine.in_flight,
        waiting=engine.waiting,
    )


def _format_replicas(running: int, starting: int, most: int, stopping: int = 0) -> str:
    changing = (f", {count} {word}" for count, word in ((starting, "starting"), (stopping, "finishing")) if count)
    return f"{running} of {most}" + "".join(changing)


def _describe_throughput(finished: Sequence[FinishedFilm]) -> Markup:
    """Throughput of the last thirty days in a sentence."""
    if not finished:
        return draw_empty_state("No finished dubs yet.")
    minutes = sum(film.film_seconds * film.languages for film in finished)
    factor = median(film.factor for film in finished)
    return Markup(
        "<p>{:,} video{} in the last 30 days, {} of dubbed video. Median real-time factor {:.2f} (processing time per second of video and language).</p>"
    ).format(len(finished), "" if len(finished) == 1 else "s", formatting.format_duration(minutes), factor)


def _draw_plots(finished: Sequence[FinishedFilm]) -> Markup:
    if not finished:
        return Markup("")
    version = f"{len(finished)}-{finished[-1].task_id}-{finished[-1].finished_at.isoformat()}"
    plots = (
        ("throughput", "Minutes of dubbed video over time."),
        ("factors", "Real-time factor over time."),
    )
    return Markup("").join(draw_figure_placeholder(name, label, height=220, version=version) for name, label in plots)


def draw_disk_usage(use: DiskUse) -> Markup:
    """Disk usage meter, and the size of each part of the data folder."""
    taken = use.total - use.free
    meter = Markup('<meter min="0" max="{}" value="{}" high="{}" aria-label="Disk">{:.0%}</meter>')
    parts = Markup("").join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(PART_LABELS.get(name, name), formatting.format_size(count))
        for name, count in use.parts
    )
    return (
        meter.format(use.total, taken, round(use.total * 0.95), taken / use.total if use.total else 0.0)
        + Markup("<p>{} free of {}</p>").format(formatting.format_size(use.free), formatting.format_size(use.total))
        + (Markup('<p class="error">{}</p>').format(use.trouble) if use.trouble else Markup(""))
        + Markup('<dl class="facts-list">{}</dl>').format(parts)
        + (Markup('<p class="soft">{}</p>').format(use.cache_check) if use.cache_check else Markup(""))
        + (Markup("") if use.complete else draw_empty_state("Partial count: actual usage is higher."))
    )


def _draw_failures(failures: Sequence[Failure]) -> dict[str, Markup]:
    row = Markup('<li id="failures-{}"><a href="{}" data-go>{}</a> <span class="soft">{}{}</span><p class="error">{}</p></li>')
    rows = {
        str(n): row.format(
            n,
            format_url(FilmRoute(failure.task_id)),
            formatting.escape_text(failure.name),
            formatting.format_time(failure.at),
            " · resolved by a later attempt" if failure.survived else "",
            formatting.escape_text(failure.error),
        )
        for n, failure in enumerate(failures)
    }
    return rows or {"none": Markup('<li id="failures-none">{}</li>').format(draw_empty_state("No recent errors."))}


def _draw_level_chips(route: SystemRoute) -> Markup:
    chip = Markup('<a class="chip" href="{}" data-go{}>{}</a>')
    return Markup("").join(
        chip.format(
            format_url(replace(route, level=level)), Markup(' aria-current="true"') if level == route.level else "", label
        )
        for level, label in LEVEL_LABELS.items()
    )
