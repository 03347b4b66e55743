"""Bergamot: neural translation between English and Portuguese by student models, and from there by apertium's pairs.

The route with the best measured quality is taken: English to Spanish goes through Portuguese. Sentences are translated one
by one; names and glossary terms are checked after each route and held by placeholders where they were lost.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pipeline.engines.apertium.english_signs import write_out_signs
from pipeline.engines.apertium.pipelines import MODES, TIMEOUT_S, Pipelines, hash_rules
from pipeline.engines.apertium.text_normalization import normalize_source, restore_target
from pipeline.engines.apertium.unknown_words import LineTranslation, find_unknown_words, find_untranslated_words
from pipeline.engines.bergamot import placeholders, sentence_splitter, spanish_post_editing, truecasing
from pipeline.engines.bergamot.english_cues import Cues
from pipeline.engines.bergamot.routes import Leg, Route, find_reachable_pairs, find_route
from pipeline.engines.bergamot.student_models import MODEL_NAMES, Students
from pipeline.engines.protocols import Passage, Translated
from pipeline.errors import EngineError, LanguageError
from pipeline.models.model_hub import Hub
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.film_context import FilmContext, Term
from pipeline.values.timeline import Line, Segment

MAX_SEGMENT_CHARS = 5_000  # characters of one segment; a longer one is not translated


class BergamotTranslator:
    """Translator over neural models and apertium pairs. Loads a model, and starts a pipeline, when it is first needed."""

    requirements = EngineRequirements(
        licence="Apache-2.0 (ours; the models' package states none for them); GPL-2.0-or-later (apertium, from Debian)",
        extra="embedded",
        modules=("tokenizers",),
        model="bergamot-en-pt",
        models=tuple(MODEL_NAMES.values()),
    )
    rephrases = False
    lines_at_once = None  # sentences mean the same wherever they stand
    concurrency = 2

    def __init__(
        self,
        hub: Hub | None = None,
        modes: Path | str = MODES,
        timeout: float = TIMEOUT_S,
        mends: Sequence[spanish_post_editing.Mend] = spanish_post_editing.MENDS,
    ) -> None:
        """`modes`: apertium's folder of mode files. ModelMissing where the neural models are not on this machine."""
        hub, self._modes, self._mends = hub or Hub(), Path(modes), tuple(mends)
        self._students = Students(
            {pair: hub.fetch_folder(name, engine="bergamot", setting="MODELS_DIR") for pair, name in MODEL_NAMES.items()}
        )
        self._pipelines = Pipelines(self._modes, engine="bergamot", timeout=timeout)
        self.fingerprint = f"bergamot;{self._students.identity};rules={hash_rules(self._modes)};mends={spanish_post_editing.RULES_VERSION};text=3"

    @staticmethod
    def pairs(modes: Path = MODES) -> frozenset[tuple[str, str]]:
        """Every (source, target) that the models and the installed pairs can do together. Loads and starts nothing."""
        return find_reachable_pairs(modes)

    @staticmethod
    def routes(modes: Path = MODES) -> dict[tuple[str, str], Route]:
        """The route taken for each pair; `str` of a route names its languages, engines and chrF."""
        found = {pair: find_route(*pair, modes) for pair in find_reachable_pairs(modes)}
        return {pair: route for pair, route in sorted(found.items()) if route}

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> FilmContext:
        """An empty brief: sentences are translated one by one."""
        return FilmContext()

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        """One text per segment; None for one that is too long. LanguageError if no route connects the languages."""
        route = find_route(source, target, self._modes)
        if route is None:
            raise LanguageError(
                f"bergamot cannot translate {source} to {target}; it can do {_join_pairs(self.pairs(self._modes))}"
            )
        terms = passage.brief.terms
        lines = [self.translate_line(segment.text, route, terms) for segment in passage.segments]
        left = find_untranslated_words(lines, target=target, modes=self._modes, kept=[term.target for term in terms])
        return Translated(tuple(line.text for line in lines), untranslated=left)

    def rephrase(self, line: Line, shares: Sequence[float], *, source: str) -> tuple[str, ...]:
        """Always EngineError: the models give one wording only."""
        raise EngineError("bergamot", f"line {line.number} cannot be put in fewer words; this engine does not rephrase")

    def close(self) -> None:
        """End all pipelines."""
        self._pipelines.close()

    def translate_line(self, text: str, route: Route, terms: Sequence[Term] = ()) -> LineTranslation:
        """One line of several sentences over one route; without a text where it is too long."""
        clean = sentence_splitter.strip_controls(text)
        if len(clean) > MAX_SEGMENT_CHARS:
            return LineTranslation(text, None)
        parts = [self._translate_sentence(part, route, terms) for part in sentence_splitter.split_sentences(clean)]
        unknown = tuple(word for part in parts for word in part.unknown)
        return LineTranslation(text, sentence_splitter.join_sentences(part.text or "" for part in parts), unknown)

    def _translate_sentence(self, sentence: sentence_splitter.Sentence, route: Route, terms: Sequence[Term]) -> LineTranslation:
        if not sentence.is_speech:
            return LineTranslation(sentence.core, sentence.before + sentence.core + sentence.after)
        source, unknown = route.legs[0].source, list[str]()
        core = truecasing.lower_shouting(sentence.core, source, is_shouted=sentence.is_shouted)
        if source == "en":
            core = write_out_signs(core)
        names = placeholders.find_names(sentence.core, source)
        cues = Cues(core if source == "en" else "")

        def through(text: str) -> str:
            for leg in route.legs:
                text = self._translate_leg(leg, text, names, cues, unknown.extend)
            return text

        words = placeholders.translate_with_terms(core, terms, through)
        cased = truecasing.restore_case(words, sentence.core, is_shouted=sentence.is_shouted)
        return LineTranslation(sentence.core, sentence.wrap(cased), tuple(unknown))

    def _translate_leg(
        self, leg: Leg, text: str, names: placeholders.Names, cues: Cues, report_unknown: Callable[[Sequence[str]], None]
    ) -> str:
        """One leg. `report_unknown` gets the words that its dictionaries lack."""
        if leg.mode is None:
            student = partial(self._students.translate, leg.source, languages.base_language(leg.target))
            return placeholders.translate_with_names(text, names.accented, student)
        mode, is_mended = leg.mode, (leg.source, leg.target) == ("pt", "es")

        def edit(stream: str) -> str:
            report_unknown(find_unknown_words(stream))
            return spanish_post_editing.mend_stream(stream, cues, self._mends) if is_mended else stream

        def through(text: str) -> str:
            words = self._pipelines.translate(mode, normalize_source(text, leg.source), edit)
            return restore_target(words, text, leg.target)

        return placeholders.translate_with_names(text, names.every, through)


def _join_pairs(pairs: frozenset[tuple[str, str]]) -> str:
    return ", ".join(f"{source}→{target}" for source, target in sorted(pairs))
