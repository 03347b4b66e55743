"""The page as a whole: complete HTML for the first paint. The live component then keeps its regions true."""

from markupsafe import Markup

from dashboard.feed import PAGE, Board
from dashboard.views import log, system, tasks

UPLOAD = Markup(
    """<section class="card upload" aria-labelledby="upload-title"><h2 id="upload-title">Add a film</h2>
<form id="upload" method="post" action="/upload" enctype="multipart/form-data">
<label class="drop" id="drop"><span><b>Choose a film</b> or drop it here</span><span id="chosen" class="chosen"></span>
<input id="file" type="file" name="file" required accept="video/*,.mkv,.mp4,.mov,.webm,.avi,.ts,.m4v"></label>
<div class="fields"><label>Dub into <input name="target_langs" placeholder="es, ca" autocomplete="off" maxlength="200"
 aria-describedby="upload-hint"></label>
<label>Spoken language <input name="source_lang" placeholder="found by itself" autocomplete="off" maxlength="35"></label></div>
<p class="hint" id="upload-hint">Language codes such as es or pt-BR, separated by commas. Leave empty for the usual ones.</p>
<div class="send"><button type="submit" class="primary">Upload</button><progress id="sent" max="100" value="0" hidden
 aria-label="Upload"></progress></div><p id="upload-said" role="status"></p></form></section>"""
)

FRAME = Markup(
    """<a class="skip" href="#films">Skip to the films</a>
<header class="top"><h1><span class="logo" aria-hidden="true"></span>{title}</h1>
<ul class="lights" id="lights" aria-label="System status">{lights}</ul></header>
<div id="trouble" role="status" class="trouble">{trouble}</div>
<main>{upload}
<section class="films" id="films" tabindex="-1" aria-labelledby="films-title"><div class="bar"><h2 id="films-title">Films</h2>
<span id="count">{count}</span><ul class="queue" id="queue" aria-label="Queue">{queue}</ul></div>
<ol class="tasks" id="tasks">{rows}</ol><nav class="pager" id="pager" aria-label="Pages">{pager}</nav></section>
<section class="card log" aria-labelledby="log-title"><div class="bar"><h2 id="log-title">Log</h2>
<label class="follow"><input type="checkbox" id="follow" checked> follow</label></div>
<div id="log" role="log" aria-live="off" aria-labelledby="log-title" tabindex="0">{log}</div></section></main>
<dialog id="sure" aria-labelledby="sure-film"><form method="dialog"><h2 id="sure-film"></h2><p id="sure-question"></p>
<div class="send"><button value="no" autofocus>Keep</button><button value="yes" class="danger" id="sure-yes"></button></div></form></dialog>
<div id="said" role="status"></div>
<noscript><p class="trouble">This page needs JavaScript to keep itself up to date. Uploads and downloads work without.</p></noscript>"""
)


def page(board: Board, *, title: str) -> Markup:
    """The body of the page, showing this board."""
    return FRAME.format(
        title=title,
        upload=UPLOAD,
        rows=Markup("").join(rows(board).values()) or (tasks.EMPTY if board.health else ""),
        log=log.log_lines(board.log),
        **regions(board),
    )


def regions(board: Board) -> dict[str, Markup]:
    """The parts that change as a whole, by their element's id."""
    return {
        "lights": system.lights(board.health),
        "queue": system.queue(board.queue),
        "trouble": system.trouble(board.trouble),
        "count": tasks.count(board.total),
        "pager": tasks.pager(board.total, board.offset, PAGE),
    }


def rows(board: Board) -> dict[int, Markup]:
    """The tasks' rows by task, newest first."""
    return {task.id: tasks.task_row(task, board.at, board.stages.get(task.id)) for task in board.tasks}
