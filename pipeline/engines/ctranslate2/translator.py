"""CTranslate2: neural translation by any model that was converted for it: OPUS-MT, NLLB, M2M-100, MADLAD-400.

TRANSLATOR_MODEL names a model, or a folder that holds several: each pair goes to the model of fewest pairs that has it.
Sentences are translated one by one, a passage's in one batch.
"""

import importlib.metadata
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.engines.bergamot import placeholders, sentence_splitter, truecasing
from pipeline.engines.ctranslate2.model_folders import (
    ENGINE,
    SETTING,
    Direction,
    ModelFolder,
    find_models,
    list_pairs,
    read_models,
)
from pipeline.engines.ctranslate2.sentence_translation import TranslatedSentence, divide_sentence, translate_sentences
from pipeline.engines.ctranslate2.shorter_wordings import choose_wordings
from pipeline.engines.ctranslate2.translation_model import Decoding, Hypothesis, TranslationModel
from pipeline.engines.llm.translation_checks import has_words, is_untranslated
from pipeline.engines.protocols import Passage, Translated
from pipeline.errors import LanguageError
from pipeline.models import model_identity
from pipeline.models.model_hub import Hub
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.film_context import FilmContext, Term
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Line, Segment

MAX_SEGMENT_CHARS = 5_000  # characters of one segment; a longer one is not translated
LINES_AT_ONCE = 64  # of a passage: sentences mean the same wherever they stand, and each passage's answer is kept
WORDINGS = 12  # translations of a sentence that are tried for a shorter one
RULES_VERSION = 2  # of sentences, case and wordings: raised when the same decoding gives other lines
DIVIDED_NOTE = "A sentence is longer than the translation model takes, and was translated in parts"
ENDLESS_NOTE = "The translation model gave no translation that ends, so that the original audio is kept"
TOO_LONG_NOTE = (
    f"The text is longer than {MAX_SEGMENT_CHARS} characters and was not translated, so that the original audio is kept"
)
UNTRANSLATED_NOTE = "The translation model left the text untranslated, so that the original audio is kept"


class CTranslate2Translator:
    """Translator over models in CTranslate2's format. Loads a model when its pair is first needed."""

    requirements = EngineRequirements(
        licence="MIT (CTranslate2); the model's own licence: OPUS-MT CC-BY-4.0, M2M-100 MIT, MADLAD-400 Apache-2.0, NLLB CC-BY-NC-4.0",
        extra="embedded",
        modules=("ctranslate2", "sentencepiece", "tokenizers"),
    )
    rephrases = True
    lines_at_once = LINES_AT_ONCE

    def __init__(
        self,
        model: str = "",
        *,
        revision: str | None = None,
        hub: Hub | None = None,
        pairs: Sequence[str] = (),
        beam_size: int = 4,
        compute_type: str = "default",
        device: str = "auto",
        workers: int = 1,
        threads: int = 1,
    ) -> None:
        """`pairs`: of the model, in words ("en es"), where its files do not tell. `workers`: batches at once, by `threads` threads each (0: the library's choice).

        ModelMissing if the model, or one of a folder's, cannot be used.
        """
        import ctranslate2

        if device == "auto":
            device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        self._models = find_models(model, hub or Hub(), revision=revision, pairs=pairs)
        self._decoding = Decoding(beam_size, compute_type, device)
        self._workers, self._threads = workers, threads
        self._loaded: dict[str, TranslationModel] = {}
        self._lock = threading.Lock()
        self.concurrency = workers
        # Without workers and threads: they change the speed, not the answers.
        options = f"ctranslate2 {importlib.metadata.version('ctranslate2')};beam={beam_size};compute={compute_type};{device};rules={RULES_VERSION}"
        self._identities = {each.name: f"{options};{_identify_model(each)}" for each in self._models}
        self.fingerprint = " | ".join(self._identities.values())

    @staticmethod
    def pairs(model: str = "", hub: Hub | None = None, pairs: Sequence[str] = ()) -> frozenset[tuple[str, str]] | None:
        """Every (source, target) of the models that a name stands for; None while they are not on this machine. Loads nothing."""
        folder = (hub or Hub()).find_folder(model) if model else None
        if folder is None:
            return None if model else frozenset()
        return list_pairs(read_models(folder, model, pairs))

    @property
    def fingerprints(self) -> dict[str, str] | None:
        """`source→target` → fingerprint of the model that does it, so that another model leaves the other pairs' answers valid.

        None of a single model.
        """
        if len(self._models) == 1:
            return None
        return {
            f"{source}→{target}": self._identities[each.name]
            for each in reversed(self._models)
            for source, target in each.languages.pairs
        }

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> FilmContext:
        """An empty brief: sentences are translated one by one."""
        return FilmContext()

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        """One text per segment; None for one that is empty, too long or was not translated. LanguageError if no model has the pair."""
        model, direction = self._load_model(*self._require_model(source, target))
        lines = [sentence_splitter.strip_controls(segment.text) for segment in passage.segments]
        sentences = [sentence_splitter.split_sentences(line) if len(line) <= MAX_SEGMENT_CHARS else () for line in lines]
        cores = [_lower_shouting(each, source) for parts in sentences for each in parts if is_speech(each)]
        found = translate_sentences(model, direction, cores)

        def through(text: str) -> str:
            if text not in found:
                found.update(translate_sentences(model, direction, [text]))
            return found[text].text or ""

        texts: list[str | None] = []
        notes: list[Note] = []
        for segment, line, parts in zip(passage.segments, lines, sentences, strict=True):
            spoken = {each: found[_lower_shouting(each, source)] for each in parts if is_speech(each)}
            text = None
            if all(each.text for each in spoken.values()):
                text = sentence_splitter.join_sentences(
                    _translate_sentence(each, source, passage.brief.terms, through) if each in spoken else _keep(each)
                    for each in parts
                )
            if text and is_untranslated(text, line) and not languages.is_same_language(source, target):
                text = None
                notes.append(Note(UNTRANSLATED_NOTE, Severity.WARNING, (segment.number,)))
            texts.append(text or None)
            notes += _describe_line(segment.number, line, spoken.values())
        return Translated(tuple(texts), notes=tuple(notes))

    def rephrase(self, line: Line, shares: Sequence[float], *, source: str) -> tuple[str, ...]:
        """Shorter wordings from the most probable translations of the line's sentences, names kept. LanguageError as of `translate`."""
        if len(line.segment.text) > MAX_SEGMENT_CHARS:
            return ()
        sentences = sentence_splitter.split_sentences(sentence_splitter.strip_controls(line.segment.text))
        model, direction = self._load_model(*self._require_model(source, line.language))
        spoken = [each for each in sentences if is_speech(each)]
        texts = [_lower_shouting(each, source) for each in spoken]
        if any(list(divide_sentence(model, text)) != [text] for text in texts):
            return ()
        found = model.translate_shortly([model.tokenize(text) for text in texts], direction, count=WORDINGS)
        wordings = {each: _finish_wordings(each, line.text, source, of) for each, of in zip(spoken, found, strict=True)}
        choices = [wordings.get(each) or [Hypothesis(_keep(each), 0.0, is_complete=True)] for each in sentences]
        return choose_wordings(choices, line.text, shares)

    def _require_model(self, source: str, target: str) -> tuple[ModelFolder, Direction]:
        for model in self._models:
            if direction := model.find_direction(source, target):
                return model, direction
        pairs = sorted(list_pairs(self._models))
        can = ", ".join(f"{start}→{goal}" for start, goal in pairs[:20]) or "no pair that its files tell"
        more = f" and {len(pairs) - 20} more" if len(pairs) > 20 else ""
        raise LanguageError(
            f"{ENGINE} cannot translate {source} to {target}; its models can do {can}{more}; name another in {SETTING}, "
            "or put the pairs into a file pairs.txt beside the model"
        )

    def _load_model(self, folder: ModelFolder, direction: Direction) -> tuple[TranslationModel, Direction]:
        with self._lock:
            if folder.name not in self._loaded:
                self._loaded[folder.name] = TranslationModel(folder, self._decoding, workers=self._workers, threads=self._threads)
            return self._loaded[folder.name], direction


def is_speech(sentence: sentence_splitter.Sentence) -> bool:
    """True if there is something to translate: a letter, and more than a sound such as `Hmm`."""
    core = sentence.core.rstrip(".!?…,")
    return any(letter.isalpha() for letter in core) and not sentence_splitter.FILLER_SOUND.fullmatch(core)


def _keep(sentence: sentence_splitter.Sentence) -> str:
    return sentence.before + sentence.core + sentence.after


def _lower_shouting(sentence: sentence_splitter.Sentence, source: str) -> str:
    return truecasing.lower_shouting(sentence.core, languages.base_language(source), is_shouted=sentence.is_shouted)


def _translate_sentence(
    sentence: sentence_splitter.Sentence, source: str, terms: Sequence[Term], through: placeholders.Translate
) -> str:
    words = placeholders.translate_with_terms(_lower_shouting(sentence, source), terms, through)
    return sentence.wrap(truecasing.restore_case(words, sentence.core, is_shouted=sentence.is_shouted))


def _describe_line(number: int, line: str, spoken: Iterable[TranslatedSentence]) -> Iterator[Note]:
    """Notes on a line that was translated in parts, or not at all."""
    if len(line) > MAX_SEGMENT_CHARS:
        yield Note(TOO_LONG_NOTE, Severity.WARNING, (number,))
    elif any(each.text is None for each in spoken):
        yield Note(ENDLESS_NOTE, Severity.WARNING, (number,))
    elif any(each.is_divided for each in spoken):
        yield Note(DIVIDED_NOTE, lines=(number,))


def _finish_wordings(
    sentence: sentence_splitter.Sentence, present: str, source: str, found: Iterable[Hypothesis]
) -> list[Hypothesis]:
    """Translations of a sentence with its marks and case; none that lost a name which the present text has."""
    names = [name for name in placeholders.find_names(sentence.core, source).every if name in present]
    return [
        replace(each, text=sentence.wrap(truecasing.restore_case(each.text, sentence.core, is_shouted=sentence.is_shouted)))
        for each in found
        if has_words(each.text) and all(name in each.text for name in names)
    ]


def _identify_model(model: ModelFolder) -> str:
    return f"{model.name}@{model_identity.identify_weights(model.path)}"
