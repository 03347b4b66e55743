"""Marks of the glossary's terms that a line's source has, with their translations, and whether its text has these."""

from markupsafe import Markup

from dashboard.views.figures.lanes import is_dubbed
from pipeline.text.glossary_check import GlossaryCheck, TermHit
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import TextSource

MAX_MARKS = 8  # of one line
LIST = Markup('<ul class="terms" aria-label="Glossary terms of line {}">{}</ul>')
MARK = Markup('<li class="mark" data-kept="{}">{} → {}{}</li>')
KEPT = Markup(' <span class="outcome"><span aria-hidden="true">✓</span><span class="vh">is in the translation</span></span>')
MISSING = Markup(' <span class="outcome">missing</span>')
MORE = Markup('<li class="mark">and {} more</li>')
PROBLEM = Markup('<p class="stale">Glossary terms are not marked: {}</p>')


def draw_term_marks(line: LineRow, source: str, text: str, glossary: GlossaryCheck | None) -> Markup:
    """Marks of one line, of its texts with pending edits; empty where it has no term, or no translation is spoken."""
    if glossary is None or not text or not _is_spoken(line):
        return Markup("")
    hits = sorted(glossary.check_line(source, text), key=lambda hit: hit.is_kept)  # those that lack something first
    marks = [_draw_mark(hit) for hit in hits[:MAX_MARKS]]
    if len(hits) > MAX_MARKS:
        marks.append(MORE.format(len(hits) - MAX_MARKS))
    return LIST.format(line.number, Markup("").join(marks)) if marks else Markup("")


def draw_glossary_problem(problem: str) -> Markup:
    """Sentence about a glossary that cannot be used; empty where there is no problem."""
    return PROBLEM.format(problem) if problem else Markup("")


def _draw_mark(hit: TermHit) -> Markup:
    return MARK.format("yes" if hit.is_kept else "no", hit.source, hit.target, KEPT if hit.is_kept else MISSING)


def _is_spoken(line: LineRow) -> bool:
    """True for a line that is dubbed, or will be."""
    if line.edit and line.edit.deleted:
        return False
    if line.edit and line.edit.skip is not None:
        return not line.edit.skip
    return is_dubbed(line) or line.text_source == TextSource.ADDED
