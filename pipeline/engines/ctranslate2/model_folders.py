"""Folders of translation models: one model, or a folder that holds several; the model and its language tokens for a pair."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.engines.ctranslate2.model_languages import ModelLanguages, Pair, TagStyle, find_languages
from pipeline.errors import ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.text import languages

ENGINE, SETTING = "ctranslate2", "TRANSLATOR_MODEL"
MODEL_FILE = "model.bin"
SOURCE_TOKENIZER, TARGET_TOKENIZER = "source.spm", "target.spm"
SHARED_TOKENIZERS = ("sentencepiece.bpe.model", "spiece.model", "sentencepiece.model", "tokenizer.json")
MAX_MODELS = 200  # folders that are looked into


@dataclass(frozen=True, slots=True)
class Direction:
    """A pair of languages as its model knows it. `before`: tokens of the source before its words, `prefix`: those of the target.

    `first_word`: put before the text, and tokenized like it.
    """

    before: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    first_word: str = ""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model in CTranslate2's format. `name`: as people name it; `tokenizer`: of the source, and of the target if it is the same."""

    path: Path
    name: str
    tokenizer: Path
    languages: ModelLanguages

    def find_direction(self, source: str, target: str) -> Direction | None:
        """The tokens for a pair, which may name regions that the model does not know. None if it cannot do the pair."""
        known = self.languages
        if not languages.is_pair_among(source, target, known.pairs):
            return None
        own, other = _find_token(source, known), _find_token(target, known)
        match known.style:
            case TagStyle.PREFIX:
                return Direction((own,), (other,)) if own and other else None
            case TagStyle.TARGET_TAG:
                return Direction((other,)) if other else None
            case TagStyle.TARGET_WORD:
                return Direction(first_word=other) if other else None
            case _:
                return Direction()


def find_models(model: str, hub: Hub, *, revision: str | None = None, pairs: Sequence[str] = ()) -> tuple[ModelFolder, ...]:
    """The models that a name stands for, those of fewest pairs first; downloaded if they are not on this machine. ModelMissing.

    `pairs`: of the only model, in words ("en es").
    """
    if not model:
        raise ModelMissing(
            ENGINE, f"no model is named; give {SETTING} a directory, a name in MODELS_DIR or an owner/name of the hub"
        )
    return read_models(hub.fetch_folder(model, engine=ENGINE, setting=SETTING, revision=revision), model, pairs)


def read_models(folder: Path, name: str, pairs: Sequence[str] = ()) -> tuple[ModelFolder, ...]:
    """The models in a folder, or in the folders in it. ModelMissing if there are none, or one cannot be used."""
    if (folder / MODEL_FILE).is_file():
        return (_read_model(folder, name.rpartition("/")[2] or folder.name, pairs),)
    found = sorted(path.parent for path in folder.glob(f"*/{MODEL_FILE}"))[:MAX_MODELS]
    if not found:
        raise ModelMissing(
            ENGINE,
            f"{folder} holds no model in CTranslate2's format ({MODEL_FILE}); convert one with ct2-transformers-converter "
            f"--copy_files {SOURCE_TOKENIZER} {TARGET_TOKENIZER} (or its SentencePiece model, or tokenizer.json), or name another in {SETTING}",
        )
    if pairs:
        raise ModelMissing(ENGINE, f"{folder} holds several models; put the pairs of each into a file pairs.txt beside it")
    models = [_read_model(path, path.name, ()) for path in found]
    return tuple(sorted(models, key=lambda each: (len(each.languages.pairs), each.name)))


def list_pairs(models: Iterable[ModelFolder]) -> frozenset[Pair]:
    """All pairs of some models."""
    first, *others = (model.languages.pairs for model in models)
    return first.union(*others) if others else first  # of a model of 200 languages there are 40,000: not copied


def _read_model(folder: Path, name: str, pairs: Sequence[str]) -> ModelFolder:
    tokenizer = folder / SOURCE_TOKENIZER
    if not (tokenizer.is_file() and (folder / TARGET_TOKENIZER).is_file()):
        tokenizer = next((folder / each for each in SHARED_TOKENIZERS if (folder / each).is_file()), Path())
    if not tokenizer.name:
        raise ModelMissing(
            ENGINE,
            f"{folder} has no tokenizer ({SOURCE_TOKENIZER} and {TARGET_TOKENIZER}, or one of {', '.join(SHARED_TOKENIZERS)}); "
            "copy it from the model that was converted",
        )
    try:
        changes = tuple(sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir()))
        return ModelFolder(folder, name, tokenizer, _find_languages_once(folder, name, tuple(pairs), changes))
    except (OSError, ValueError) as error:
        raise ModelMissing(
            ENGINE, f"the model in {folder} cannot be used: {error}; convert it again, or mend the file"
        ) from error


@lru_cache(maxsize=MAX_MODELS)
def _find_languages_once(
    folder: Path,
    name: str,
    pairs: tuple[str, ...],
    changes: tuple[tuple[str, int], ...],  # noqa: ARG001 -- the cache's key
) -> ModelLanguages:
    """Languages of a model, found again only when its files have changed: a vocabulary has megabytes."""
    return find_languages(folder, name, pairs)


def _find_token(tag: str, known: ModelLanguages) -> str:
    return known.tags.get(tag) or known.tags.get(languages.base_language(tag), "")
