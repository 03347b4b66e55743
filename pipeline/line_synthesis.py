"""Synthesis of a dub's lines by the timing plan: estimated, planned in start, duration and wording, spoken, verified.

The lines as the machine made them are planned first. Lines that a person changed are planned again among the others, which
keep the rate of the first plan: so an edit synthesizes that line, and no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from pipeline.apply_edits import Script, is_dubbed
from pipeline.engines.protocols import Engines
from pipeline.engines.speech_api.server_voices import is_server_voice
from pipeline.prosody.delivery import Delivery
from pipeline.runner import Runner
from pipeline.settings import TakeVerification
from pipeline.stages.synthesize import DROPPED_PAUSE_NOTE, LONG_PAUSE_S, SynthesisRequest, estimate_duration, synthesize
from pipeline.stages.translate import Overlong, rephrase
from pipeline.text.pronunciation.lexicon import Lexicon
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.timing.phrase_pauses import place_pauses
from pipeline.timing.timing_plan import RATES, LineTiming, LineToPlan, Wording, plan_lines
from pipeline.values.notes import Note
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.takes.fixed_takes import FixedTake, keep_fixed_texts, select_fixed_takes
from pipeline.values.timeline import Line, Span, Take, TextSource, Voice
from pipeline.verification.take_verification import VerifiedTakes, verify_takes

MAX_RATE_BEFORE_REPHRASE = 1.15  # a line that must be faster than this is offered in fewer words, if the translator can
REPHRASE_SHARES = (1.08, 0.95)  # of the time that the plan has for the line: wordings for a little faster, and a little slower
MAX_REPHRASE_SHARE = 0.92  # of the present text: a wording that spares less is not worth a question
REWORDING_COST = 0.6  # of a wording that is not the first: about that of speaking at 1.12 of the natural pace

NEUTRAL_DELIVERY = Delivery()  # of a line whose source was not measured


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line with the voice that speaks it, its delivery, which follows the source, and the pronunciations of its terms."""

    line: Line
    voice: Voice
    delivery: Delivery = NEUTRAL_DELIVERY
    pronunciations: tuple[Pronunciation, ...] = ()

    def build_request(self, seconds: float | None = None) -> SynthesisRequest:
        """The request to speak it: text in words (numbers, dates, units …), voice, duration in seconds, pauses and inflection."""
        text = verbalize(self.line.text, self.line.language)
        voice = replace(self.voice, inflection=self.delivery.inflection)
        pauses = place_pauses(text, self.delivery.pauses, self.line.language)
        return SynthesisRequest(text, voice, seconds, pauses, pronunciations=self.pronunciations)

    def pronounce(self, lexicon: Lexicon) -> "SpokenLine":
        """The line with the pronunciations of the terms that are in its text, as it is written or in words."""
        if not lexicon:
            return self
        text, language = self.line.text, self.line.language
        spoken = verbalize(text, language)
        written = (replace(each, term=verbalize(each.term, language)) for each in lexicon.list_used(text))
        return replace(self, pronunciations=Lexicon([*written, *lexicon.list_used(spoken)]).list_used(spoken))


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line in the wording that the plan chose, and its timing."""

    spoken: SpokenLine
    timing: LineTiming

    def build_request(self) -> SynthesisRequest:
        """The request to speak it for its planned duration, to the millisecond."""
        return self.spoken.build_request(round(self.timing.seconds, 3))


@dataclass(frozen=True, slots=True)
class _Wordings:
    """The wordings of a line that the plan may choose from, as spoken and as timed, and the rates that it may have."""

    spoken: tuple[SpokenLine, ...]
    timed: tuple[Wording, ...]
    rates: tuple[float, ...] = RATES

    def add(self, spoken: SpokenLine, timed: Wording) -> "_Wordings":
        """The wordings with one more, which costs more than the first."""
        return replace(self, spoken=(*self.spoken, spoken), timed=(*self.timed, replace(timed, cost=REWORDING_COST)))


@dataclass(frozen=True, slots=True)
class LineSynthesis:
    """Synthesis of the lines of one dub, in a film of `duration` seconds in the language `source`. `deliveries`: by the number of the line.

    `verification`: of their takes. `lexicon`: pronunciations of terms. `retimed`: deliveries of lines that were added or given other
    times, which the draft has not. `fixed_takes`: of lines that are not synthesized again.
    """

    engines: Engines
    run: Runner
    source: str
    duration: float
    deliveries: Mapping[int, Delivery] = field(default_factory=dict)
    verification: TakeVerification = TakeVerification.AUTO
    lexicon: Lexicon = field(default_factory=Lexicon)
    retimed: Mapping[int, Delivery] = field(default_factory=dict)
    fixed_takes: tuple[FixedTake, ...] = ()

    def synthesize_script(self, draft: Script, script: Script) -> VerifiedTakes:
        """The dubbed lines of a script in the wordings that were chosen, and their takes, verified.

        `draft`: the script before edits. Lines that are as there keep its wording and its rate: it is planned without pronunciations,
        so that a glossary changes the lines alone that have its terms.
        """
        dubbed = [line for line in script.translation.lines if is_dubbed(line)]
        fixed, notes = select_fixed_takes(self.fixed_takes, dubbed, shift=draft.number_shift)
        kept = keep_fixed_texts(script.translation.lines, fixed)
        script = replace(script, translation=replace(script.translation, lines=kept))
        as_spelt = replace(self, lexicon=Lexicon(), retimed={})
        planned = as_spelt.plan_script(draft, {})
        takes = {number: each.take for number, each in fixed.items() if each.take is not None}
        if fixed or script != draft or any(line.pronunciations for line in self.list_lines(script)):
            planned = self.plan_script(script, dict(zip(as_spelt.list_lines(draft), planned, strict=True)), takes)
        free = [each for each in planned if each.spoken.line.number not in takes]
        made = self.run.each(synthesize, [each.build_request() for each in free], self.engines.synthesizer)
        takes |= {each.spoken.line.number: take for each, take in zip(free, made, strict=True)}
        verified = verify_takes(
            [each.spoken.line for each in planned],
            [each.build_request() for each in planned],
            [takes[each.spoken.line.number] for each in planned],
            self.engines,
            self.run,
            source=self.source,
            verification=self.verification,
            previewed=draft.previewed_numbers,
            fixed=frozenset(fixed),
        )
        return replace(verified, notes=(*verified.notes, *notes))

    def plan_script(
        self, script: Script, known: Mapping[SpokenLine, PlannedLine], takes: Mapping[int, Take] = MappingProxyType({})
    ) -> tuple[PlannedLine, ...]:
        """The plan of a script's dubbed lines. Those in `known` keep its wording and its rate; their start may change. `takes`: by the
        number of a line that has its take already, and so its duration.
        """
        lines = self.list_lines(script)
        wordings = {line: _keep_wording(planned) for line, planned in known.items()}
        wordings |= {line: _keep_take(line, takes[line.line.number]) for line in lines if line.line.number in takes}
        free = [line for line in lines if line not in wordings]
        wordings |= {line: _Wordings((line,), (wording,)) for line, wording in self._estimate_durations(free)}
        kept = list_kept_spans(script)
        planned = self._choose(lines, wordings, kept)
        if not self.engines.translator.rephrases:
            return planned
        unplanned = frozenset(free)
        rushed = [each for line, each in zip(lines, planned, strict=True) if line in unplanned and is_rushed(each)]
        shorter = self._reword(rushed)
        if not shorter:
            return planned
        for line, (reworded, wording) in zip(shorter.values(), self._estimate_durations(list(shorter)), strict=True):
            wordings[line] = wordings[line].add(reworded, wording)
        return self._choose(lines, wordings, kept)

    def list_lines(self, script: Script) -> tuple[SpokenLine, ...]:
        """The dubbed lines of a script, each with its speaker's voice, its delivery and the pronunciations of its terms."""
        deliveries = {**self.deliveries, **self.retimed}
        return tuple(
            replace(spoken, delivery=deliveries.get(spoken.line.number, NEUTRAL_DELIVERY)).pronounce(self.lexicon)
            for spoken in list_spoken_lines(script)
        )

    def _estimate_durations(self, lines: Sequence[SpokenLine]) -> Iterator[tuple[SpokenLine, Wording]]:
        """Each line with its duration at the voice's natural pace; a line that is hasty in the source counts as shorter."""
        requests = [line.build_request() for line in lines]
        durations = self.run.each(estimate_duration, requests, self.engines.synthesizer)
        for line, request, seconds in zip(lines, requests, durations, strict=True):
            yield line, Wording((seconds - request.pauses_s) / line.delivery.pace, request.pauses_s)

    def _reword(self, rushed: Sequence[PlannedLine]) -> dict[SpokenLine, SpokenLine]:
        """Shorter wordings that the translator finds, each with the line that it is one of."""
        questions = [Overlong(each.spoken.line, compute_rephrase_shares(each.timing)) for each in rushed]
        answers = zip(rushed, self.run.each(rephrase, questions, self.engines.translator, source=self.source), strict=True)
        return {replace(each.spoken, line=line).pronounce(self.lexicon): each.spoken for each, lines in answers for line in lines}

    def _choose(
        self, lines: Sequence[SpokenLine], wordings: Mapping[SpokenLine, _Wordings], kept: Sequence[Span]
    ) -> tuple[PlannedLine, ...]:
        """The plan at least cost."""
        to_plan = [
            LineToPlan(line.line.span, line.line.segment.speaker, wordings[line].timed, wordings[line].rates) for line in lines
        ]
        plan = plan_lines(to_plan, self.duration, kept=kept)
        return tuple(PlannedLine(wordings[line].spoken[timing.wording], timing) for line, timing in zip(lines, plan, strict=True))


def compute_rephrase_shares(timing: LineTiming) -> tuple[float, ...]:
    """Shares (0..1) of a line's present text that its voice can say in the planned time, near its own pace."""
    return tuple(min(MAX_REPHRASE_SHARE * share, round(share / timing.rate, 3)) for share in REPHRASE_SHARES)


def is_rushed(planned: PlannedLine) -> bool:
    """True for a machine's translation that must be spoken so fast that fewer words are better."""
    rate = planned.timing.rate * planned.spoken.delivery.pace
    return rate > MAX_RATE_BEFORE_REPHRASE and planned.spoken.line.source is TextSource.TRANSLATION


def list_spoken_lines(script: Script) -> tuple[SpokenLine, ...]:
    """The dubbed lines of a script, each with its speaker's voice; a line of no known speaker has the main speaker's."""
    first = next(iter(script.voices.values()))
    return tuple(
        SpokenLine(line, script.voices.get(line.segment.speaker or "", first))
        for line in script.translation.lines
        if is_dubbed(line)
    )


def list_cloned_lines(script: Script, takes: Mapping[int, Take]) -> tuple[frozenset[int], frozenset[int]]:
    """Numbers of the dubbed lines whose take is of a cloned voice, and of those among them whose voice is a speech server's, and may be one.

    `takes`: by number. One whose engine did not tell is a clone where its voice has a reference clip, or a server's name.
    """
    voices = {each.line.number: each.voice for each in list_spoken_lines(script)}
    untold = {number: voice for number, voice in voices.items() if takes[number].cloned is None}
    server_voiced = frozenset(number for number, voice in untold.items() if is_server_voice(voice))
    lent = {number for number, voice in untold.items() if voice.reference is not None}
    return server_voiced.union(lent, (number for number in voices if takes[number].cloned)), server_voiced


def describe_lost_pauses(lines: Sequence[Line], deliveries: Mapping[int, Delivery]) -> tuple[Note, ...]:
    """The note on lines that lose a pause of a second or more, because their text has no phrase boundary near it."""
    lost = []
    for line in lines:
        pauses = [pause for pause in deliveries.get(line.number, NEUTRAL_DELIVERY).pauses if pause.seconds >= LONG_PAUSE_S]
        kept = place_pauses(verbalize(line.text, line.language), pauses, line.language) if pauses else ()
        if len(kept) < len(pauses):
            lost.append(line.number)
    return (Note(DROPPED_PAUSE_NOTE, lines=tuple(lost)),) if lost else ()


def list_kept_spans(script: Script) -> tuple[Span, ...]:
    """The spans that keep the original audio: of lines that are not dubbed, and of speech without words."""
    return (*(line.span for line in script.translation.lines if not is_dubbed(line)), *script.unrecognized)


def _keep_wording(planned: PlannedLine) -> _Wordings:
    """The wording and the rate of a plan as the only choice."""
    timing, pauses_s = planned.timing, planned.spoken.build_request().pauses_s
    return _Wordings((planned.spoken,), (Wording((timing.seconds - pauses_s) * timing.rate, pauses_s),), (timing.rate,))


def _keep_take(spoken: SpokenLine, take: Take) -> _Wordings:
    """The duration of a take as the only choice."""
    return _Wordings((spoken,), (Wording(take.seconds * take.rate),), (take.rate,))
