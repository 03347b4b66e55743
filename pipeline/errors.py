"""Errors of Dubarr: the exception hierarchy, as a tree.

DubarrError
├── SettingsError            a setting is missing, malformed or out of range
├── UsersFault               a client error: the caller can correct it; HTTP answers 4xx
│   ├── FilmError            the file is not a film we can dub
│   │   ├── FilmNotFound     there is no such file
│   │   ├── FilmRefused      it lies outside the library roots, or is hostile
│   │   └── TrackRefused     a track or subtitle file that was chosen does not exist, or cannot be used
│   ├── LanguageError        no engine can do this pair of languages
│   ├── NotFound             no task (line, report, …) has this name
│   ├── NotPossible          the task's state does not allow it
│   │   └── DubNotNeeded     the film has the languages already, or is a dub
│   ├── EditRefused          an edit names a speaker or a voice that does not exist
│   ├── GlossaryError        lines of a glossary are malformed
│   └── QueryError           the SQL of /api/query is wrong or not read-only
├── ProgramError             an external program failed
│   ├── ProgramMissing       it is not installed
│   ├── ProgramKilled        it was killed from outside; it may succeed when run again
│   ├── ProgramTimeout       it exceeded its time limit
│   └── ProgramOverflow      it exceeded its output limit
├── StageError               a stage could not do its work on this film
│   └── NoSpeechFound        the audio track that is dubbed has no speech
├── EngineError              an engine failed, or its answer is unusable
│   ├── EngineLost           its process cannot continue; another replica may
│   └── ModelMissing         its model is not on this machine and cannot be downloaded
├── ModelFetchError          weights could not be downloaded, or failed their verification
│   └── ModelDiskFull        the disk has no room for them
├── StoreError               the DuckDB file cannot be opened, read or written
├── LeaseLost                another worker holds the task's lease: stop at once
└── Cancelled                the task was cancelled

Every class passes all its fields to `super().__init__`, so that an error can be pickled between processes.
"""


class DubarrError(Exception):
    """Base of all errors of Dubarr. `str()` is one sentence: the problem, its place, and the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class SettingsError(DubarrError):
    """A setting is missing, malformed or out of range."""

    def __init__(self, name: str, value: str, advice: str) -> None:
        super().__init__(f"settings: {name}={value!r} cannot be used; {advice}")
        self.args = (name, value, advice)


class UsersFault(DubarrError):
    """A client error: the caller can correct it."""


class FilmError(UsersFault):
    """The file is not a film that can be dubbed."""


class FilmNotFound(FilmError):
    """There is no such file."""


class FilmRefused(FilmError):
    """The file lies outside the library roots, or is hostile."""


class TrackRefused(FilmError):
    """A track or a subtitle file that was chosen for a film does not exist, or cannot be used."""


class LanguageError(UsersFault):
    """No configured engine can do this pair of languages."""


class NotFound(UsersFault):
    """No such task, line, report or other resource."""


class NotPossible(UsersFault):
    """The state of the task does not allow it."""


class DubNotNeeded(NotPossible):
    """The film needs no dub: it can be heard in the target languages already, or is a dub itself."""


class EditRefused(UsersFault):
    """An edit names a speaker or a voice that does not exist."""


class GlossaryError(UsersFault):
    """Lines of a glossary are malformed. `problems`: a sentence for each, with the number of the line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("the glossary cannot be used: " + "; ".join(problems))
        self.args = (problems,)
        self.problems = problems


class QueryError(UsersFault):
    """The SQL of `/api/query` is wrong or not read-only."""


class ProgramError(DubarrError):
    """An external program ended with an error. `tail` is the end of its stderr."""

    def __init__(self, program: str, code: int, tail: str) -> None:
        lines = [line.strip() for line in tail.splitlines() if line.strip()]
        super().__init__(f"{program} ended with exit code {code}: {lines[-1] if lines else 'it gave no reason'}")
        self.program, self.code, self.tail = program, code, tail
        self.args = (program, code, tail)


class ProgramMissing(ProgramError):
    """An external program is not installed."""

    def __init__(self, program: str) -> None:
        super().__init__(program, 127, f"{program} is not installed; run ./dubarr setup, or install it with apt")
        self.args = (program,)


class ProgramKilled(ProgramError):
    """An external program was killed from outside: by the out-of-memory killer, or by a user."""

    CODE = -9  # as Popen has it: ended by SIGKILL

    def __init__(self, program: str) -> None:
        super().__init__(program, self.CODE, f"{program} was killed, as happens when memory runs out; look at the system's log")
        self.args = (program,)


class ProgramTimeout(ProgramError):
    """An external program exceeded its time limit and was ended."""

    CODE = 124  # as timeout(1) has it

    def __init__(self, program: str, seconds: float) -> None:
        super().__init__(program, self.CODE, f"{program} was ended after its limit of {seconds:g} s")
        self.args = (program, seconds)


class ProgramOverflow(ProgramError):
    """An external program exceeded its output limit and was ended. `most`: bytes."""

    CODE = 125

    def __init__(self, program: str, most: int) -> None:
        super().__init__(program, self.CODE, f"{program} was ended after its limit of {most / 2**20:g} MiB of output")
        self.args = (program, most)


class StageError(DubarrError):
    """A stage could not do its work on this film."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(f"{stage}: {message}")
        self.args = (stage, message)


class NoSpeechFound(StageError):
    """No speech in the audio track that is dubbed. `track`: its language and layout, as in "English, 5.1"; "" where unknown."""

    def __init__(self, track: str = "") -> None:
        name = f"the audio track ({track})" if track else "the audio track"
        super().__init__("diarize", f"No speech found in {name}; check that it is the dialogue track, and that it is not silent")
        self.args = (track,)

    def __str__(self) -> str:
        return self.message.removeprefix("diarize: ")


class EngineError(DubarrError):
    """An engine failed, or its answer is unusable."""

    def __init__(self, engine: str, message: str) -> None:
        super().__init__(f"{engine}: {message}")
        self.args = (engine, message)


class EngineLost(EngineError):
    """An engine's process cannot continue (a lost CUDA context or device): another replica may answer."""


class ModelMissing(EngineError):
    """An engine's model is not on this machine and cannot be downloaded. The message names the page and the setting."""


class ModelFetchError(DubarrError):
    """A model's weights could not be downloaded, or failed their verification. `reason`: a clause; `advice`: the remedy."""

    def __init__(self, model: str, reason: str, advice: str) -> None:
        super().__init__(f"model {model}: {reason}; {advice}")
        self.reason = reason
        self.args = (model, reason, advice)


class ModelDiskFull(ModelFetchError):
    """The disk has no room for the weights of a model."""


class StoreError(DubarrError):
    """The DuckDB file cannot be opened, read or written."""


class LeaseLost(DubarrError):
    """Another worker holds the task's lease now; the one that lost it must stop and write nothing."""

    def __init__(self, task_id: int) -> None:
        super().__init__(f"task={task_id}: the lease was lost to another worker")
        self.args = (task_id,)


class Cancelled(DubarrError):
    """The task was cancelled."""

    def __init__(self, task_id: int) -> None:
        super().__init__(f"task={task_id}: cancelled")
        self.args = (task_id,)
