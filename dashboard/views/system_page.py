"""The page of the service itself: engines, workers, throughput, disk, what failed, and the log."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from markupsafe import Markup

from dashboard.urls import FilmRoute, SystemRoute, format_url
from dashboard.view_models import PageModel, SystemModel
from dashboard.views import formatting
from dashboard.views.film_page.tab_content import draw_empty_state, draw_figure_placeholder
from dashboard.views.page_parts import PageParts
from pipeline.values.service_status import Cluster, DiskUse, EngineState, Failure, Finished, Workers

FRAME = Markup(
    """<h1 class="vh">System</h1><div class="halves">
<section class="card wide" aria-labelledby="engines-title"><div class="bar"><h2 id="engines-title">Engines</h2>
<span id="cluster" class="soft">{cluster}</span></div><div id="engines" class="scroll">{engines}</div></section>
<section class="card wide" aria-labelledby="speed-title"><h2 id="speed-title">Throughput</h2>
<div id="speed">{speed}</div><div class="plots" id="plots">{plots}</div></section>
<section class="card" aria-labelledby="disk-title"><h2 id="disk-title">Disk</h2><div id="disk">{disk}</div></section>
<section class="card" aria-labelledby="failures-title"><h2 id="failures-title">What went wrong lately</h2>
<ul class="failures" id="failures">{failures}</ul></section>
<section class="card wide log" aria-labelledby="log-title"><div class="bar"><h2 id="log-title">Log</h2>
<nav class="chips" id="levels" aria-label="Levels">{levels}</nav>
<form class="find" role="search" data-find="log"><input type="search" name="search" maxlength="200" autocomplete="off"
 aria-label="Search the log" placeholder="Only lines with"></form>
<label class="follow"><input type="checkbox" id="follow" checked> follow</label></div>
<div id="log" role="log" aria-live="off" aria-labelledby="log-title" tabindex="0">{log}</div></section></div>"""
)
TABLE = Markup(
    "<table><thead><tr><th scope='col'>Does</th><th scope='col'>Engine</th><th scope='col'>State</th><th scope='col' class='number'>Replicas</th>"
    "<th scope='col' class='number'>GPU each</th><th scope='col' class='number'>CPU each</th><th scope='col' class='number'>At work</th>"
    "<th scope='col' class='number'>Waiting</th></tr></thead><tbody>{}</tbody></table>"
)
ROW = Markup(
    "<tr data-word='{word}'><th scope='row'>{role}</th><td>{engine}</td><td><span class='state'><span class='dot' aria-hidden='true'></span> <b>{word}</b></span>{trouble}</td>"
    "<td class='number'>{replicas}</td><td class='number'>{gpus}</td><td class='number'>{cpus}</td><td class='number'>{at_work}</td>"
    "<td class='number'>{waiting}</td></tr>"
)
ROLES = {
    "separator": "Voices apart from music",
    "transcriber": "Recognition",
    "diarizer": "Speakers",
    "translator": "Translation",
    "synthesizer": "Voices",
    "language model": "Language model",
}
LEVELS = {"": "All", "WARNING": "Warnings", "ERROR": "Errors"}
PARTS = {"database": "Database", "artifacts": "Kept answers", "dubs": "Finished dubs", "videos": "Uploads"}


def draw_system_page(board: PageModel, place: SystemRoute) -> PageParts:
    """The page of the service."""
    if not isinstance(board.content, SystemModel):
        return PageParts("asking", "System", Markup('<p class="soft">Asking the service …</p>'))
    state = board.content.system
    return PageParts(
        key="system",
        title="System",
        frame=FRAME,
        regions={
            "cluster": Markup("{}").format(_describe_cluster(state.cluster)),
            "engines": _draw_engine_table(state.engines, state.workers),
            "speed": _describe_throughput(state.finished),
            "plots": _draw_plots(state.finished),
            "disk": draw_disk_usage(state.disk),
            "levels": _draw_level_chips(place),
        },
        lists={"failures": _draw_failures(state.failures)},
        log=board.content.log,
    )


def _describe_cluster(cluster: Cluster) -> str:
    nodes = f"{cluster.nodes} node{'' if cluster.nodes == 1 else 's'}"
    cpus = f"{cluster.cpus - cluster.cpus_free:g} of {cluster.cpus:g} CPUs taken"
    gpus = f"{cluster.gpus - cluster.gpus_free:.2g} of {cluster.gpus:g} GPUs taken" if cluster.gpus else "no GPU"
    return f"{nodes} · {cpus} · {gpus}"


def _draw_engine_table(engines: Sequence[EngineState], workers: Workers) -> Markup:
    rows = [
        ROW.format(
            word="READY" if workers.alive else "OFFLINE",
            role="Worker",
            engine="dubs films",
            trouble="",
            replicas=_format_replicas(workers.running, workers.starting, workers.most),
            gpus="–",
            cpus=f"{workers.num_cpus:g}",
            at_work="",
            waiting="",
        )
    ]
    rows += [_draw_engine_row(engine) for engine in engines]
    return TABLE.format(Markup("").join(rows))


def _draw_engine_row(engine: EngineState) -> Markup:
    return ROW.format(
        word=engine.status,
        role=ROLES.get(engine.role, engine.role),
        engine=engine.engine,
        trouble=Markup('<p class="error">{}</p>').format(engine.trouble) if engine.trouble else "",
        replicas=_format_replicas(engine.running, engine.starting, engine.most) if engine.most else "–",
        gpus=f"{engine.num_gpus:g}" if engine.num_gpus else "–",
        cpus=f"{engine.num_cpus:g}" if engine.most else "–",
        at_work=engine.in_flight,
        waiting=engine.waiting,
    )


def _format_replicas(running: int, starting: int, most: int) -> str:
    return f"{running} of {most}" + (f", {starting} starting" if starting else "")


def _describe_throughput(finished: Sequence[Finished]) -> Markup:
    """The last thirty days in one sentence."""
    if not finished:
        return draw_empty_state("No film has been finished yet. Throughput shows here when one is.")
    minutes = sum(film.film_seconds * film.languages for film in finished)
    factor = median(film.factor for film in finished)
    return Markup(
        "<p>{:,} film{} in the last thirty days, {} of dubs. A second of film in one language takes {:.2f} s of work (median).</p>"
    ).format(len(finished), "" if len(finished) == 1 else "s", formatting.format_duration(minutes), factor)


def _draw_plots(finished: Sequence[Finished]) -> Markup:
    if not finished:
        return Markup("")
    version = f"{len(finished)}-{finished[-1].task_id}-{finished[-1].finished_at.isoformat()}"
    plots = (
        ("throughput", "Film minutes dubbed over time."),
        ("factors", "Seconds of work for a second of film over time."),
    )
    return Markup("").join(draw_figure_placeholder(name, label, height=220, version=version) for name, label in plots)


def draw_disk_usage(use: DiskUse) -> Markup:
    """How full the disk is, and with what of ours."""
    taken = use.total - use.free
    meter = Markup('<meter min="0" max="{}" value="{}" high="{}" aria-label="Disk">{:.0%}</meter>')
    parts = Markup("").join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(PARTS.get(name, name), formatting.format_size(count))
        for name, count in use.parts
    )
    return (
        meter.format(use.total, taken, round(use.total * 0.95), taken / use.total if use.total else 0.0)
        + Markup("<p>{} free of {}</p>").format(formatting.format_size(use.free), formatting.format_size(use.total))
        + (Markup('<p class="error">{}</p>').format(use.trouble) if use.trouble else Markup(""))
        + Markup('<dl class="facts-list">{}</dl>').format(parts)
        + (Markup("") if use.complete else draw_empty_state("Not everything was counted: it is more than that."))
    )


def _draw_failures(failures: Sequence[Failure]) -> dict[str, Markup]:
    row = Markup('<li id="failures-{}"><a href="{}" data-go>{}</a> <span class="soft">{}{}</span><p class="error">{}</p></li>')
    rows = {
        str(n): row.format(
            n,
            format_url(FilmRoute(failure.task_id)),
            formatting.escape_text(failure.name),
            formatting.format_time(failure.at),
            " · a later try got past it" if failure.survived else "",
            formatting.escape_text(failure.error),
        )
        for n, failure in enumerate(failures)
    }
    return rows or {"none": Markup('<li id="failures-none">{}</li>').format(draw_empty_state("Nothing."))}


def _draw_level_chips(place: SystemRoute) -> Markup:
    chip = Markup('<a class="chip" href="{}" data-go{}>{}</a>')
    return Markup("").join(
        chip.format(
            format_url(replace(place, level=level)), Markup(' aria-current="true"') if level == place.level else "", label
        )
        for level, label in LEVELS.items()
    )
