"""Tools of the script: what changed since the dub, downloads for editors, and the import of an edited script."""

from markupsafe import Markup

from dashboard.view_models import FilmModel
from dashboard.views.film_page.deleted_lines import draw_deleted_lines
from dashboard.views.film_page.take_actions import draw_take_voices
from pipeline.values.tasks import DubPart, TaskStatus

TOOLS = Markup(
    '<details class="menu"><summary class="button">Export</summary><ul>{links}</ul></details>'
    '<button type="button" id="script-import">Import script</button>'
    '<button type="button" data-glossary="{task}">Glossary</button>'
)
LINK = Markup('<li><a href="/api/tasks/{task}/{path}" download>{label}</a></li>')
STALE = Markup('<p class="stale">{}.{}</p>')
# Path below the task, with the dub's language, and label; those of stems where the film was separated.
EXPORTS = (
    ("script?language={}&format=csv", "Script, CSV"),
    ("script?language={}&format=json", "Script, JSON"),
    ("script?language={}&format=srt", "Script, SRT"),
    ("script?language={}&format=vtt", "Script, VTT"),
    ("exports/dub?language={}&format=wav", "Dub, WAV"),
    ("exports/dub?language={}&format=flac", "Dub, FLAC"),
    ("exports/speech?language={}&format=flac", "Dubbed voices, FLAC"),
    ("clips?language={}", "Clips of the lines, ZIP"),
    ("timeline?language={}", "Timeline with clips (OTIO), ZIP"),
)
SEPARATED_EXPORTS = {
    DubPart.BACKGROUND: ("exports/background?language={}&format=flac", "Background, FLAC"),
    DubPart.MUSIC: ("exports/music?language={}&format=flac", "Music, FLAC"),
    DubPart.EFFECTS: ("exports/effects?language={}&format=flac", "Effects, FLAC"),
}
PENDING = {TaskStatus.QUEUED: "It waits to be re-dubbed", TaskStatus.PROCESSING: "It is being re-dubbed"}


def draw_script_tools(film: FilmModel) -> Markup:
    """Menu of the exports, the buttons of the import and the glossary, and the deleted lines; empty before the first dub."""
    deleted = draw_deleted_lines(film.deleted)
    if not film.lines:
        return deleted
    exports = (*EXPORTS, *(export for part, export in SEPARATED_EXPORTS.items() if part in film.parts))
    links = (LINK.format(task=film.task.id, path=path.format(film.language), label=label) for path, label in exports)
    return TOOLS.format(links=Markup("").join(links), task=film.task.id) + deleted + draw_take_voices(film)


def draw_stale_note(film: FilmModel) -> Markup:
    """Sentence about the changes of the script that the dub lacks; empty where it lacks none."""
    sentence = film.revision.describe()
    state = PENDING.get(film.task.status)
    return STALE.format(sentence, f" {state}." if state else "") if sentence else Markup("")
