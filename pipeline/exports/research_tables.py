"""Research tables of a dub: words, turns, speaker embeddings, wordings and the timing plan, as Arrow streams.

Rows come from the stage cache's answers (JSON, `pipeline.cache.cache_codec`) and from the store's values. Units stand in the
columns' names and in the metadata of their fields.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipeline.exports.write_buffer import WriteBuffer
from pipeline.values.tasks import LineRow, SpeakerRow

if TYPE_CHECKING:
    import pyarrow

BATCH_ROWS = 4096  # of a record batch, which is sent when it is full
Rows = Iterable[Mapping[str, Any]]


class ResearchTable(StrEnum):
    """Kinds of tables."""

    WORDS = "words"  # recognised, with times and confidences
    TURNS = "turns"  # of the diarization
    EMBEDDINGS = "embeddings"  # of the speakers' voices
    CANDIDATES = "candidates"  # wordings of each line: the translation and its shorter rephrasings
    PLAN = "plan"  # timing of each line


# Columns of each table: name → (Arrow type, unit, meaning).
COLUMNS: Mapping[ResearchTable, Mapping[str, tuple[str, str, str]]] = {
    ResearchTable.WORDS: {
        "number": ("int32", "", "from 1, in order of time"),
        "start_s": ("double", "s", "from the start of the film"),
        "end_s": ("double", "s", "from the start of the film"),
        "text": ("string", "", "as recognised, with its punctuation"),
        "confidence": ("double", "probability", "posterior of the recogniser, 0..1; null where it gives none"),
    },
    ResearchTable.TURNS: {
        "start_s": ("double", "s", "from the start of the film"),
        "end_s": ("double", "s", "from the start of the film"),
        "speaker": ("string", "", "label of the diarizer"),
    },
    ResearchTable.EMBEDDINGS: {
        "speaker": ("string", "", "label of the diarizer"),
        "speech_s": ("double", "s", "speaking time"),
        "pitch_hz": ("double", "Hz", "median F0; null where too little voiced speech was found"),
        "formant_spacing_hz": ("double", "Hz", "median spacing of the formants; null where it was not measured"),
        "embedding": ("embedding", "", "of length 1, in the space of the engine; empty where it gives none"),
        "engine": ("string", "", "fingerprint of the diarizer"),
    },
    ResearchTable.CANDIDATES: {
        "language": ("string", "", "of the dub"),
        "number": ("int32", "", "of the line"),
        "start_s": ("double", "s", "of the source line"),
        "end_s": ("double", "s", "of the source line"),
        "source_text": ("string", "", "that was translated"),
        "kind": ("string", "", "translation or rephrasing"),
        "text": ("string", "", "the wording; empty where the translator failed"),
        "is_chosen": ("bool", "", "the last dub speaks this wording"),
    },
    ResearchTable.PLAN: {
        "language": ("string", "", "of the dub"),
        "number": ("int32", "", "of the line"),
        "speaker": ("string", "", "label of the diarizer; null where no turn covers the line"),
        "source_start_s": ("double", "s", "of the source line"),
        "source_end_s": ("double", "s", "of the source line"),
        "latest_end_s": ("double", "s", "end of the slot: the source line and the silence that may be borrowed"),
        "dub_start_s": ("double", "s", "of the take in the dub"),
        "dub_duration_s": ("double", "s", "of the take as it is played"),
        "onset_error_s": ("double", "s", "start of the take minus start of the source line"),
        "rate": ("double", "ratio", "spoken pace over the voice's natural one"),
        "stretch": ("double", "ratio", "time of the take as synthesized over its time as played"),
    },
}


def build_schema(table: ResearchTable, task_id: int) -> "pyarrow.Schema":
    """The Arrow schema of a table; fields have their `unit` and `meaning` as metadata."""
    import pyarrow

    kinds = {
        "int32": pyarrow.int32(),
        "double": pyarrow.float64(),
        "string": pyarrow.string(),
        "bool": pyarrow.bool_(),
        "embedding": pyarrow.list_(pyarrow.float64()),
    }
    fields = [
        pyarrow.field(name, kinds[kind], metadata={"unit": unit, "meaning": meaning})
        for name, (kind, unit, meaning) in COLUMNS[table].items()
    ]
    return pyarrow.schema(fields, metadata={"table": str(table), "task_id": str(task_id)})


def iterate_stream(table: ResearchTable, task_id: int, rows: Rows) -> Iterator[bytes]:
    """Bytes of an Arrow IPC stream, batch by batch; `rows` are read as they are sent."""
    import pyarrow

    buffer, schema, left = WriteBuffer(), build_schema(table, task_id), iter(rows)
    with pyarrow.ipc.new_stream(buffer, schema) as writer:
        while batch := list(islice(left, BATCH_ROWS)):
            writer.write_batch(pyarrow.RecordBatch.from_pylist(batch, schema=schema))
            yield buffer.take()
    yield buffer.take()


def list_words(answers: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Rows of `words`, from the answers of `collect_words`."""
    words = (word for answer in answers for word in json.loads(answer))
    for number, word in enumerate(words, start=1):
        span = word["span"]
        yield {"number": number, "start_s": span["start"], "end_s": span["end"]} | {
            name: word[name] for name in ("text", "confidence")
        }


def list_turns(answers: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Rows of `turns`, from the answers of `diarize`."""
    for turn in (turn for answer in answers for turn in json.loads(answer)["turns"]):
        yield {"start_s": turn["span"]["start"], "end_s": turn["span"]["end"], "speaker": turn["speaker"]}


def list_embeddings(speakers: Sequence[SpeakerRow]) -> Iterator[Mapping[str, Any]]:
    """Rows of `embeddings`."""
    for speaker in speakers:
        yield {
            "speaker": speaker.label,
            "speech_s": speaker.seconds,
            "pitch_hz": speaker.pitch,
            "formant_spacing_hz": speaker.formants,
            "embedding": list(speaker.embedding),
            "engine": speaker.engine,
        }


def list_candidates(
    translations: Sequence[str], rephrasings: Sequence[str], dubbed: Sequence[LineRow], language: str | None
) -> Iterator[Mapping[str, Any]]:
    """Rows of `candidates`, from the answers of `translate` and `rephrase`, in order of lines; of one language, or all."""
    chosen = {(row.language, row.number): row.text for row in dubbed}
    lines = [("translation", line) for answer in translations for line in json.loads(answer)["lines"]]
    lines += [("rephrasing", line) for answer in rephrasings for line in json.loads(answer)]
    wanted = [(kind, line) for kind, line in lines if language in {None, line["language"]}]
    for kind, line in sorted(
        wanted, key=lambda each: (each[1]["language"], each[1]["segment"]["number"], each[0] != "translation")
    ):
        segment = line["segment"]
        yield {
            "language": line["language"],
            "number": segment["number"],
            "start_s": segment["span"]["start"],
            "end_s": segment["span"]["end"],
            "source_text": segment["text"],
            "kind": kind,
            "text": line["text"],
            "is_chosen": chosen.get((line["language"], segment["number"])) == line["text"],
        }


def list_plan(answers: Sequence[str], language: str | None) -> Iterator[Mapping[str, Any]]:
    """Rows of `plan`, from the answers of `fit`, in order of lines; of one language, or all."""
    placements = [placed for answer in answers for placed in json.loads(answer)]
    wanted = [placed for placed in placements if language in {None, placed["line"]["language"]}]
    for placed in sorted(wanted, key=lambda each: (each["line"]["language"], each["line"]["segment"]["number"])):
        segment = placed["line"]["segment"]
        yield {
            "language": placed["line"]["language"],
            "number": segment["number"],
            "speaker": segment["speaker"],
            "source_start_s": segment["span"]["start"],
            "source_end_s": segment["span"]["end"],
            "latest_end_s": placed["slot"]["latest_end"],
            "dub_start_s": placed["start"],
            "dub_duration_s": placed["seconds"],
            "onset_error_s": placed["start"] - segment["span"]["start"],
            "rate": placed["rate"],
            "stretch": placed["stretch"],
        }
