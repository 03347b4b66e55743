"""Actions on the takes of a line: making it anew, and locking it; and the voices to choose from for a new take."""

from markupsafe import Markup

from dashboard.view_models import FilmModel
from dashboard.views.film_page.voice_names import format_voice
from pipeline.values.tasks import LineRow

TAKES = Markup(
    '<button type="button" data-takes aria-label="Takes of line {0}" title="Make line {0} anew, and choose (T)">Takes</button>'
)
LOCK = Markup(
    '<button type="button" data-lock aria-pressed="{1}" aria-label="Lock line {0}" title="Keep take and text whatever else changes (L)">'
    "{2}</button>"
)
VOICES = Markup('<select id="take-voices" hidden aria-label="Voices"><option value="">The speaker\'s own</option>{}</select>')
OPTION = Markup('<option value="{}">{}</option>')


def draw_take_actions(line: LineRow) -> Markup:
    """Buttons of one line: its takes, and its lock."""
    locked = bool(line.edit and line.edit.locked)
    lock = LOCK.format(line.number, "true" if locked else "false", "Locked" if locked else "Lock") if line.audio else Markup("")
    return TAKES.format(line.number) + lock


def draw_take_voices(film: FilmModel) -> Markup:
    """Voices of the shown dub, which the takes' dialog offers."""
    names = film.cast.choices.get(film.language, ())
    return VOICES.format(Markup("").join(OPTION.format(name, format_voice(name)) for name in names))
