"""The voices: who speaks in a film, how they sound, and who speaks for them in each dub."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from dashboard.view_models import FilmModel
from dashboard.views import formatting
from dashboard.views.figures.lanes import is_dubbed
from dashboard.views.film_page.tab_content import TabContent, draw_empty_state
from pipeline.values.edits import CastMember
from pipeline.values.tasks import LineRow

FRAME = Markup(
    """<section aria-labelledby="voices-title"><div class="bar"><h2 id="voices-title">Who speaks</h2>
<span id="how" class="soft">{how}</span></div>
<p class="hint">A name is only shown. Another voice, or one speaker counted as another, is dubbed again: just the lines it is about.</p>
<ul class="voices" id="voices">{voices}</ul></section>"""
)
CARD = Markup(
    '<li class="card voice" id="voices-{key}"><form data-speaker="{label}" autocomplete="off">'
    '<div class="head"><h3>{shown}</h3><span class="soft">{facts}</span></div>'
    '<div class="hear"><button type="button" data-clip="{label}" aria-label="Hear {shown} in the film">In the film</button>{takes}</div>'
    '<label class="field">Name <input name="name" value="{name}" placeholder="{shown}" maxlength="80"></label>'
    '<label class="field">The same person as <select name="merge_into">{others}</select></label>{voices}'
    '<div class="send"><button type="submit" class="primary" disabled>Save</button></div></form></li>'
)
OPTION = Markup('<option value="{}"{}>{}</option>')
CHOICE = Markup('<label class="field">Voice in {} <select name="voice" data-language="{}">{}</select></label>')
TAKE = Markup(
    '<button type="button" data-hear="take" data-line="{}" data-language="{}" aria-label="Hear {} in {}">In {}</button>'
)


def draw_voices_tab(shown: FilmModel) -> TabContent:
    """The part of a film's page about its speakers."""
    cards = {str(n): _draw_card(n, speaker, shown) for n, speaker in enumerate(shown.cast.members, 1)}
    sentence = draw_empty_state("Nobody is known before the film was heard: come back when its first dub is done.")
    count = len(shown.cast.members)
    return TabContent(
        frame=FRAME,
        regions={"how": Markup("{} speaker{}").format(count, "" if count == 1 else "s") if count else Markup("")},
        lists={"voices": cards or {"none": Markup('<li id="voices-none">{}</li>').format(sentence)}},
    )


def _draw_card(number: int, speaker: CastMember, shown: FilmModel) -> Markup:
    lines = [line for line in shown.lines if line.speaker == speaker.label]
    name = shown.names[speaker.label]
    return CARD.format(
        key=number,
        label=speaker.label,
        shown=name,
        name=speaker.name or "",
        facts=_describe_speaker(speaker, lines),
        takes=_draw_take_button(name, lines),
        others=_draw_merge_options(speaker, shown.names),
        voices=Markup("").join(
            _draw_voice_field(tag, speaker, shown.cast.choices.get(tag, ())) for tag in shown.task.target_langs
        ),
    )


def _describe_speaker(speaker: CastMember, lines: Sequence[LineRow]) -> str:
    facts = [f"{len(lines)} line{'' if len(lines) == 1 else 's'}", f"{formatting.format_duration(speaker.seconds)} of speech"]
    if speaker.register:
        facts.append(f"a {speaker.register} voice")
    if speaker.pitch:
        facts.append(f"{speaker.pitch:.0f} Hz")
    return " · ".join(facts)


def _draw_take_button(name: str, lines: Sequence[LineRow]) -> Markup:
    """A button to hear the speaker's longest line in the dub that is looked at."""
    spoken = max((line for line in lines if is_dubbed(line)), key=lambda line: line.dub_seconds, default=None)
    if spoken is None:
        return Markup("")
    language = formatting.format_language(spoken.language)
    return TAKE.format(spoken.number, spoken.language, name, language, language)


def _draw_merge_options(speaker: CastMember, names: Mapping[str, str]) -> Markup:
    named = {"": "nobody else"} | {label: name for label, name in names.items() if label != speaker.label}
    now = speaker.merged_into or ""
    return Markup("").join(
        OPTION.format(label, Markup(" selected") if label == now else "", name) for label, name in named.items()
    )


def _draw_voice_field(language: str, speaker: CastMember, offered: Sequence[str]) -> Markup:
    """The voices of one dub to choose from; nothing where it knows none yet."""
    if not offered:
        return Markup("")
    cast, chosen = speaker.voices.get(language), speaker.chosen.get(language, "")
    named = {"": f"cast by itself ({cast})" if cast and not chosen else "cast by itself"} | {name: name for name in offered}
    if chosen and chosen not in named:
        named[chosen] = chosen
    options = Markup("").join(
        OPTION.format(value, Markup(" selected") if value == chosen else "", label) for value, label in named.items()
    )
    return CHOICE.format(formatting.format_language(language), language, options)
