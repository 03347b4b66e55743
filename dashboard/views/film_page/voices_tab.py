"""The voices tab: a film's speakers, their names and merges, and the synthesizer's voice for each in every dub."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from dashboard.view_models import FilmModel
from dashboard.views import formatting
from dashboard.views.figures.lanes import is_dubbed
from dashboard.views.film_page.tab_content import TabContent
from dashboard.views.film_page.voice_names import format_voice
from dashboard.views.page_parts import draw_empty_state
from pipeline.values.edits import CastMember
from pipeline.values.tasks import LineRow

FRAME = Markup(
    """<section aria-labelledby="voices-title"><div class="bar"><h2 id="voices-title">Speakers</h2>
<span id="how" class="soft">{how}</span></div>
<p class="hint">Names are labels only. Another voice or a merge re-dubs the lines of that speaker.</p>
<ul class="voices" id="voices">{voices}</ul></section>"""
)
CARD = Markup(
    '<li class="card voice" id="voices-{key}"><form data-speaker="{label}" autocomplete="off">'
    '<div class="head"><h3>{shown}</h3><span class="soft">{facts}</span></div>'
    '<div class="hear"><button type="button" data-clip="{label}" aria-label="Play original of {shown}">Play original</button>{takes}</div>'
    '<label class="field">Name <input name="name" value="{name}" placeholder="{shown}" maxlength="80"></label>'
    '<label class="field">Merge into <select name="merge_into">{others}</select></label>{voices}'
    '<div class="send"><button type="submit" class="primary" disabled>Save</button></div></form></li>'
)
OPTION = Markup('<option value="{}"{}>{}</option>')
VOICE_FIELD = Markup(
    '<div class="voice-field"><label class="field">Voice in {0} <select name="voice" data-language="{1}">{2}</select></label>'
    '<button type="button" data-audition="{1}" aria-label="Listen to a line of {3} in this {0} voice">Listen</button></div>'
)
TAKE = Markup(
    '<button type="button" data-hear="take" data-line="{}" data-language="{}" aria-label="Play {} dub of {}">Play {}</button>'
)


def draw_voices_tab(film: FilmModel) -> TabContent:
    """Tab with one card per speaker."""
    cards = {str(n): _draw_card(n, speaker, film) for n, speaker in enumerate(film.cast.members, 1)}
    sentence = draw_empty_state("No speakers yet. They appear after the first dub.")
    return TabContent(
        frame=FRAME,
        regions={"how": Markup("{}").format(_describe_count(film)) if film.cast.members else Markup("")},
        lists={"voices": cards or {"none": Markup('<li id="voices-none">{}</li>').format(sentence)}},
    )


def _describe_count(film: FilmModel) -> str:
    """Number of speakers, as on the dub's page, and of those who were merged into them."""
    count, merged = film.speaker_count, len(film.cast.members) - film.speaker_count
    return f"{count} speaker{'' if count == 1 else 's'}" + (f", {merged} merged into them" if merged else "")


def _draw_card(number: int, speaker: CastMember, film: FilmModel) -> Markup:
    lines = [line for line in film.lines if line.speaker == speaker.label]
    name = film.names[speaker.label]
    return CARD.format(
        key=number,
        label=speaker.label,
        shown=name,
        name=speaker.name or "",
        facts=_describe_speaker(speaker, lines),
        takes=_draw_take_button(name, lines),
        others=_draw_merge_options(speaker, film.names),
        voices=Markup("").join(
            _draw_voice_field(tag, speaker, film.cast.choices.get(tag, ()), name) for tag in film.task.target_langs
        ),
    )


def _describe_speaker(speaker: CastMember, lines: Sequence[LineRow]) -> str:
    facts = [f"{len(lines)} line{'' if len(lines) == 1 else 's'}", f"{formatting.format_duration(speaker.seconds)} of speech"]
    if speaker.register:
        facts.append(f"{speaker.register} voice")
    if speaker.pitch:
        facts.append(f"{speaker.pitch:.0f} Hz")
    return " · ".join(facts)


def _draw_take_button(name: str, lines: Sequence[LineRow]) -> Markup:
    """Button that plays the speaker's longest dubbed line; empty without any."""
    longest = max((line for line in lines if is_dubbed(line)), key=lambda line: line.dub_seconds, default=None)
    if longest is None:
        return Markup("")
    language = formatting.format_language(longest.language)
    return TAKE.format(longest.number, longest.language, language, name, language)


def _draw_merge_options(speaker: CastMember, names: Mapping[str, str]) -> Markup:
    choices = {"": "None"} | {label: name for label, name in names.items() if label != speaker.label}
    current = speaker.merged_into or ""
    return Markup("").join(
        OPTION.format(label, Markup(" selected") if label == current else "", name) for label, name in choices.items()
    )


def _draw_voice_field(language: str, speaker: CastMember, voices: Sequence[str], shown: str) -> Markup:
    """Select of the voices of one dub; empty while none are known."""
    if not voices:
        return Markup("")
    cast, chosen = speaker.voices.get(language), speaker.chosen.get(language, "")
    choices = {"": f"Automatic: {format_voice(cast)}" if cast and not chosen else "Automatic"}
    choices |= {name: format_voice(name) for name in voices}
    if chosen and chosen not in choices:
        choices[chosen] = format_voice(chosen)
    options = Markup("").join(
        OPTION.format(value, Markup(" selected") if value == chosen else "", label) for value, label in choices.items()
    )
    return VOICE_FIELD.format(formatting.format_language(language), language, options, shown)
