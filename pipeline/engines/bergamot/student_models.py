"""Student models by translation direction: tokenizer and network of a model folder, loaded when first needed."""

import threading
from pathlib import Path

from pipeline.engines.bergamot import sentence_splitter
from pipeline.engines.bergamot.student_network import MAX_SOURCE_TOKENS, StudentNetwork
from pipeline.errors import ModelMissing
from pipeline.models import model_identity
from pipeline.models.model_identity import UNUSABLE_MODEL_ERRORS
from pipeline.models.tokenizer_file import load_tokenizer

MODEL_NAMES = {("en", "pt"): "bergamot-en-pt", ("pt", "en"): "bergamot-pt-en"}
MODEL_FILES, SHORTLIST_FILES, TOKENIZER_FILE = "model.*.intgemm.alphas.bin", "lex.*.s2t.bin", "tokenizer.json"


class Direction:
    """Student model of one direction: text of one sentence in, text out. Several threads may share it."""

    def __init__(self, folder: Path) -> None:
        """`folder`: a model as its project publishes it. ModelMissing where a file is missing or damaged."""
        try:
            self._tokenizer = load_tokenizer(folder / TOKENIZER_FILE)
            self._student = StudentNetwork(_find_only_file(folder, MODEL_FILES), _find_only_file(folder, SHORTLIST_FILES))
        except UNUSABLE_MODEL_ERRORS as error:
            raise ModelMissing(
                "bergamot", f"the model in {folder} cannot be used ({error}); delete the folder and run ./dubarr setup"
            ) from error

    def translate(self, text: str) -> str:
        """One sentence. One that is longer than the network takes is translated in parts."""
        tokens = self._tokenizer.encode(text, add_special_tokens=False).ids
        if not tokens:
            return text
        if len(tokens) > MAX_SOURCE_TOKENS:
            return sentence_splitter.join_sentences(
                self.translate(part) for part in sentence_splitter.halve_sentence(text) if part
            )
        return self._tokenizer.decode(self._student.translate(tokens))


class Students:
    """The student models of all directions; one is loaded (a sixth of a second, 70 MB) when a route first needs it."""

    def __init__(self, folders: dict[tuple[str, str], Path]) -> None:
        self._folders = folders
        self._directions: dict[tuple[str, str], Direction] = {}
        self._lock = threading.Lock()
        self.identity = ",".join(
            f"{'-'.join(pair)}:{model_identity.identify_weights(folder)}" for pair, folder in folders.items()
        )

    def translate(self, source: str, target: str, text: str) -> str:
        """One sentence from one language to the other, both without countries."""
        with self._lock:
            if (source, target) not in self._directions:
                self._directions[source, target] = Direction(self._folders[source, target])
        return self._directions[source, target].translate(text)


def _find_only_file(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise FileNotFoundError(f"there are {len(found)} files {pattern} in it, not one")
    return found[0]
