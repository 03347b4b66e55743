"""Everything that can go wrong, as a tree.

DubarrError
├── SettingsError            a setting is missing, misspelt or out of range
├── UsersFault               the caller can mend it; HTTP answers 4xx
│   ├── FilmError            the file is not a film we can dub
│   │   ├── FilmNotFound     there is no such file
│   │   └── FilmRefused      it lies outside the library roots, or is hostile
│   ├── LanguageError        no engine can do this pair of languages
│   ├── NotFound             no task (line, report, …) has this name
│   ├── NotPossible          the task's state does not allow it
│   ├── EditRefused          an edit asks for what there is not
│   └── QueryError           the SQL of /api/query is wrong or not read-only
├── ProgramError             an external program failed
│   ├── ProgramMissing       it is not installed
│   ├── ProgramKilled        something else ended it; it may well work the next time
│   ├── ProgramTimeout       it ran past its limit
│   └── ProgramOverflow      it wrote more than its limit
├── StageError               a stage could not do its work on this film
│   └── NoSpeechFound        the audio track that is dubbed has no speech
├── EngineError              an engine failed or answered nonsense
│   ├── EngineLost           its process cannot go on; another one may
│   └── ModelMissing         its model is not here and cannot be had
├── ModelFetchError          weights could not be fetched, or are not those of the catalogue
│   └── ModelDiskFull        the disk has no room for them
├── StoreError               the DuckDB file cannot be opened, read or written
├── LeaseLost                another worker owns the task now: stop at once
└── Cancelled                somebody asked for the task to stop

Every class passes all its fields to `super().__init__`, so that an error survives the way between processes.
"""


class DubarrError(Exception):
    """Root of all errors that Dubarr words itself. `str()` is one sentence: what, where, and the way out."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message


class SettingsError(DubarrError):
    """A setting is missing, misspelt or out of range."""

    def __init__(self, name: str, value: str, advice: str) -> None:
        super().__init__(f"settings: {name}={value!r} cannot be used; {advice}")
        self.args = (name, value, advice)


class UsersFault(DubarrError):
    """Something the caller can mend."""


class FilmError(UsersFault):
    """The file is not a film that can be dubbed."""


class FilmNotFound(FilmError):
    """There is no such file."""


class FilmRefused(FilmError):
    """The file lies outside the library roots, or is hostile."""


class LanguageError(UsersFault):
    """No configured engine can do this pair of languages."""


class NotFound(UsersFault):
    """Nothing has this name."""


class NotPossible(UsersFault):
    """The state of the task does not allow it."""


class EditRefused(UsersFault):
    """An edit asks for what there is not: a speaker nobody is, a voice that nobody has."""


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
    """Something else than we killed an external program: the system, short of memory, or a person."""

    CODE = -9  # as Popen has it: ended by SIGKILL

    def __init__(self, program: str) -> None:
        super().__init__(program, self.CODE, f"{program} was killed, as happens when memory runs out; look at the system's log")
        self.args = (program,)


class ProgramTimeout(ProgramError):
    """An external program ran past its limit and was ended."""

    CODE = 124  # as timeout(1) has it

    def __init__(self, program: str, seconds: float) -> None:
        super().__init__(program, self.CODE, f"{program} was ended after its limit of {seconds:g} s")
        self.args = (program, seconds)


class ProgramOverflow(ProgramError):
    """An external program wrote more than its limit and was ended. `most`: bytes."""

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
    """An engine failed, or answered what cannot be used."""

    def __init__(self, engine: str, message: str) -> None:
        super().__init__(f"{engine}: {message}")
        self.args = (engine, message)


class EngineLost(EngineError):
    """An engine's process cannot go on (a lost CUDA context, a device that fell off): another one may answer."""


class ModelMissing(EngineError):
    """An engine's model is neither on this machine nor to be had. The message names the page and the setting."""


class ModelFetchError(DubarrError):
    """The weights of a model could not be fetched, or are not those of the catalogue. `reason`: a clause; `advice`: the way out."""

    def __init__(self, model: str, reason: str, advice: str) -> None:
        super().__init__(f"model {model}: {reason}; {advice}")
        self.reason = reason
        self.args = (model, reason, advice)


class ModelDiskFull(ModelFetchError):
    """The disk has no room for the weights of a model."""


class StoreError(DubarrError):
    """The DuckDB file cannot be opened, read or written."""


class LeaseLost(DubarrError):
    """Another worker owns the task now; whoever still works on it must stop and write nothing."""

    def __init__(self, task_id: int) -> None:
        super().__init__(f"task={task_id}: the lease was lost to another worker")
        self.args = (task_id,)


class Cancelled(DubarrError):
    """Somebody asked for the task to stop."""

    def __init__(self, task_id: int) -> None:
        super().__init__(f"task={task_id}: cancelled")
        self.args = (task_id,)
