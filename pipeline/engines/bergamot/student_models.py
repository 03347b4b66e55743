"""The neural directions by their model folders: tokenizer and network together, loaded when first needed."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.engines.bergamot import sentence_splitter
from pipeline.engines.bergamot.student_network import LONGEST_SENTENCE, Student
from pipeline.errors import ModelMissing
from pipeline.models import model_identity

if TYPE_CHECKING:
    pass

MODELS = {("en", "pt"): "bergamot-en-pt", ("pt", "en"): "bergamot-pt-en"}
MODEL_FILES, SHORTLIST_FILES, TOKENIZER_FILE = "model.*.intgemm.alphas.bin", "lex.*.s2t.bin", "tokenizer.json"


class Direction:
    """One neural direction: text of one sentence in, text out. Several threads may share it."""

    def __init__(self, folder: Path) -> None:
        """`folder`: a model as its project publishes it. ModelMissing where a file is missing or damaged."""
        from tokenizers import Tokenizer

        try:
            self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
            self._student = Student(_only(folder, MODEL_FILES), _only(folder, SHORTLIST_FILES))
        except Exception as error:  # tokenizers raises plain Exception for a damaged file
            raise ModelMissing(
                "bergamot", f"the model in {folder} cannot be used ({error}); delete the folder and run ./dubarr setup"
            ) from error

    def translate(self, text: str) -> str:
        """One sentence. One that is longer than the network takes is translated in parts."""
        tokens = self._tokenizer.encode(text, add_special_tokens=False).ids
        if not tokens:
            return text
        if len(tokens) > LONGEST_SENTENCE:
            return sentence_splitter.join_sentences(
                self.translate(part) for part in sentence_splitter.halve_sentence(text) if part
            )
        return self._tokenizer.decode(self._student.translate(tokens))


class Students:
    """All neural directions; one is loaded (a sixth of a second, 70 MB) when a route first needs it."""

    def __init__(self, folders: dict[tuple[str, str], Path]) -> None:
        self._folders = folders
        self._directions: dict[tuple[str, str], Direction] = {}
        self._lock = threading.Lock()
        self.identity = ",".join(f"{'-'.join(pair)}:{model_identity.identity(folder)}" for pair, folder in folders.items())

    def translate(self, source: str, target: str, text: str) -> str:
        """One sentence from one language to the other, both without countries."""
        with self._lock:
            if (source, target) not in self._directions:
                self._directions[source, target] = Direction(self._folders[source, target])
        return self._directions[source, target].translate(text)


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise FileNotFoundError(f"there are {len(found)} files {pattern} in it, not one")
    return found[0]
