"""The schema of the DuckDB file, one commented constant with a version.

No foreign keys and no secondary indexes: DuckDB refuses updates of indexed columns that others refer to, and every
table here is small enough to scan. Times are UTC without zone.
"""

from pipeline.store.database.tables.access_tables import ACCESS_TABLES
from pipeline.store.database.tables.library_tables import LIBRARY_TABLES
from pipeline.store.database.tables.outbox_tables import OUTBOX_TABLES
from pipeline.store.database.tables.script_tables import SCRIPT_TABLES
from pipeline.store.database.tables.speech_tables import SPEECH_TABLES
from pipeline.store.database.tables.total_tables import TOTAL_TABLES

SCHEMA_VERSION = 13

SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL);

CREATE SEQUENCE IF NOT EXISTS task_ids;

-- One film queued. (path, size, mtime_ns) name the same file only once; `token` fences: it grows with every claim,
-- cancellation and requeue, and a writer that shows an older one is refused.
CREATE TABLE IF NOT EXISTS tasks (
    id            BIGINT PRIMARY KEY DEFAULT nextval('task_ids'), -- its number
    path          VARCHAR NOT NULL,                -- the film's
    size          BIGINT NOT NULL,                 -- bytes of the film
    mtime_ns      BIGINT NOT NULL,                 -- of the film, ns since 1970
    status        VARCHAR NOT NULL DEFAULT 'QUEUED', -- QUEUED, PROCESSING, DONE, ERROR
    source_lang   VARCHAR,                         -- as asked for, else as found out
    asked_lang    VARCHAR,                         -- the film's language as given in the request
    target_langs  VARCHAR[] NOT NULL,              -- BCP 47
    duration      DOUBLE,                          -- s, of the film
    has_subtitles BOOLEAN NOT NULL DEFAULT FALSE,  -- text subtitles, in the film or beside it
    speakers      INTEGER,                         -- how many people speak, as given in the request
    origin        VARCHAR NOT NULL DEFAULT '',     -- source of the request: upload, webhook, sonarr/12, radarr/7
    created_at    TIMESTAMP NOT NULL,
    started_at    TIMESTAMP,
    finished_at   TIMESTAMP,
    done          INTEGER NOT NULL DEFAULT 0,      -- stages completed
    total         INTEGER NOT NULL DEFAULT 0,      -- stages there are
    stage         VARCHAR NOT NULL DEFAULT '',     -- the one that runs
    part          DOUBLE DEFAULT 0,                -- how much of that one is done, 0..1
    attempts      INTEGER NOT NULL DEFAULT 0,      -- by workers, so far
    error         VARCHAR,                         -- of the last attempt
    output        VARCHAR,                         -- path of the dubbed film
    owner         VARCHAR,                         -- the worker that holds the lease
    lease_until   TIMESTAMP,
    token         BIGINT NOT NULL DEFAULT 0,       -- fencing token of the lease
    not_before    TIMESTAMP,                       -- no worker claims it earlier: its file may still grow
    lost          INTEGER DEFAULT 0,               -- workers in a row that died while they held it
    priority      INTEGER DEFAULT 0,               -- 0 interactive, before 1 bulk
    audio_track   INTEGER,                         -- chosen by a person: its number among the audio tracks, from 1
    subtitle_track VARCHAR,                        -- likewise: its number, a file, or none
    preview_from  DOUBLE,                          -- s of the film: the part that was asked for as a preview
    preview_until DOUBLE,
    preview_only  BOOLEAN DEFAULT FALSE,           -- the task dubs that part alone
    preview_lines BOOLEAN DEFAULT FALSE,           -- its lines and edits are those of the preview: times, numbers
    warnings      INTEGER DEFAULT 0,               -- notes on its dubs that are warnings, each text counted once
    glossary      VARCHAR DEFAULT '',              -- its own, as text
    rule          VARCHAR DEFAULT '',              -- name of the rule that was applied to its request, '' for none
    callback      VARCHAR DEFAULT '',              -- URL that its end is POSTed to, '' for none
    callback_error VARCHAR,                        -- why others could not be told of its end; NULL: they were
    voices        VARCHAR[],                       -- of that rule: speakers are cast from them
    engines       VARCHAR[]                        -- of that rule: role=engine
);

-- A stage's answer. The row is the commit of its files.
CREATE TABLE IF NOT EXISTS cache (
    key     VARCHAR PRIMARY KEY,
    stage   VARCHAR NOT NULL,
    answer  VARCHAR NOT NULL,                      -- JSON
    files   VARCHAR[] NOT NULL,                    -- relative to the artifacts folder
    made_at TIMESTAMP NOT NULL
);

-- Answers that a task refers to; a purge removes them.
CREATE TABLE IF NOT EXISTS cache_uses (
    task_id BIGINT NOT NULL,
    key     VARCHAR NOT NULL,
    attempt INTEGER,                               -- the last that used it; NULL: one of an older release
    PRIMARY KEY (task_id, key)
);

-- Every run of a stage, in every attempt: what was made and what came from the cache.
CREATE TABLE IF NOT EXISTS stage_runs (
    task_id    BIGINT NOT NULL,
    attempt    INTEGER NOT NULL,                   -- from 1
    name       VARCHAR NOT NULL,
    language   VARCHAR NOT NULL DEFAULT '',        -- '' for stages of the whole film
    status     VARCHAR NOT NULL,                   -- RUNNING, DONE, ERROR
    started_at TIMESTAMP NOT NULL,
    seconds    DOUBLE NOT NULL DEFAULT 0,          -- elapsed
    executed   INTEGER NOT NULL DEFAULT 0,         -- answers that were computed
    reused     INTEGER NOT NULL DEFAULT 0,         -- answers from the cache
    error      VARCHAR,
    cpu_seconds DOUBLE DEFAULT 0,                  -- of the stage's work in all processes
    gpu_seconds DOUBLE DEFAULT 0,                  -- that it held a GPU, times the share of it
    engine     VARCHAR DEFAULT '',                 -- name of the engine that the stage asks, '' for none
    PRIMARY KEY (task_id, attempt, name, language)
);

-- The lines of the last finished dub of each language. Times in seconds from the start of the film.
CREATE TABLE IF NOT EXISTS lines (
    task_id     BIGINT NOT NULL,
    language    VARCHAR NOT NULL,                  -- of the dub
    number      INTEGER NOT NULL,                  -- from 1, in the order of the film
    speaker     VARCHAR,                           -- label of who says it
    "start"     DOUBLE NOT NULL,
    "end"       DOUBLE NOT NULL,
    latest_end  DOUBLE NOT NULL,                   -- when the dubbed line has to end
    source_text VARCHAR NOT NULL,                  -- in the film's language
    text        VARCHAR NOT NULL,                  -- in the dub's language
    text_source VARCHAR NOT NULL,                  -- speech, subtitle, translation, edit, skip, original, none
    dub_start   DOUBLE NOT NULL,                   -- of the take in the dub
    dub_seconds DOUBLE NOT NULL,                   -- length of the take as it plays
    rate        DOUBLE NOT NULL,                   -- how much faster than its natural pace the voice spoke
    stretch     DOUBLE NOT NULL,                   -- how much faster the take is played
    audio       VARCHAR NOT NULL,                  -- the take
    subtitled   BOOLEAN DEFAULT FALSE,             -- from subtitles in this language, counted by themselves
    confidence  DOUBLE,                            -- of the recognition of its source, 0..1; NULL where it was not recognised
    risk        DOUBLE,                            -- probability that it is wrong, 0..1; NULL in a dub of an older release
    reasons     VARCHAR DEFAULT '',                -- of the risk, the likeliest first, as "not understood, late"
    PRIMARY KEY (task_id, language, number)
);

-- Speakers of a film; `embedding` in the space of the diarizer that `engine` names.
CREATE TABLE IF NOT EXISTS speakers (
    task_id   BIGINT NOT NULL,
    label     VARCHAR NOT NULL,                    -- of the diarizer: S1, S2
    seconds   DOUBLE NOT NULL,                     -- of speech
    pitch     DOUBLE,                              -- Hz
    formants  DOUBLE,                              -- Hz between them
    embedding DOUBLE[] NOT NULL,                   -- length 1; empty where the diarizer gives none
    engine    VARCHAR NOT NULL,                    -- the diarizer
    clip      VARCHAR,                             -- reference clip, relative to the artifacts folder
    first_start DOUBLE,                            -- s of the film, of their first line as it was found
    PRIMARY KEY (task_id, label)
);

-- Token usage and time of the translation of each dub by a language model, summed over all passages.
CREATE TABLE IF NOT EXISTS translations (
    task_id           BIGINT NOT NULL,
    language          VARCHAR NOT NULL,
    engine            VARCHAR NOT NULL,            -- fingerprint of the translator
    lines             INTEGER NOT NULL,            -- translated and left
    untranslated      INTEGER NOT NULL,            -- lines left to the original
    prompt_tokens     BIGINT NOT NULL,             -- sent to the model
    completion_tokens BIGINT NOT NULL,             -- received from it
    seconds           DOUBLE NOT NULL,             -- of waiting, over all calls
    PRIMARY KEY (task_id, language)
);

-- Edits of lines; NULL in a column that is not edited. They survive re-runs and purges.
CREATE TABLE IF NOT EXISTS edits (
    task_id     BIGINT NOT NULL,
    language    VARCHAR NOT NULL,                  -- '' for what holds for the film: all but text, skip, locked
    number      INTEGER NOT NULL,
    text        VARCHAR,                           -- the translation
    edited_at   TIMESTAMP NOT NULL,
    skip        BOOLEAN,                           -- TRUE: leave it to the original
    source_text VARCHAR,                           -- corrected transcript
    speaker     VARCHAR,                           -- label of who really says it
    "start"     DOUBLE,                            -- s of the film
    "end"       DOUBLE,
    deleted     BOOLEAN,                           -- TRUE: a false recognition, which is no line of the dub
    locked      BOOLEAN,                           -- TRUE: protected from changes
    PRIMARY KEY (task_id, language, number)
);

-- Lines that users added. Their texts are edits. They survive re-runs and purges.
CREATE TABLE IF NOT EXISTS added_lines (
    task_id     BIGINT NOT NULL,
    language    VARCHAR NOT NULL,                  -- '' for every dub that is translated
    number      INTEGER NOT NULL,                  -- after those of all other lines of the task
    "start"     DOUBLE NOT NULL,                   -- s of the film
    "end"       DOUBLE NOT NULL,
    speaker     VARCHAR,                           -- label of who says it
    source_text VARCHAR NOT NULL,                  -- '' where the line has a text alone
    added_at    TIMESTAMP NOT NULL,
    PRIMARY KEY (task_id, language, number)
);

-- Edits of speakers. They survive re-runs and purges.
CREATE TABLE IF NOT EXISTS speaker_edits (
    task_id     BIGINT NOT NULL,
    label       VARCHAR NOT NULL,
    language    VARCHAR NOT NULL DEFAULT '',       -- '' for name and merged_into, else that of the voice
    name        VARCHAR,                           -- shown instead of the label
    merged_into VARCHAR,                           -- label of who speaks for them
    voice       VARCHAR,                           -- the synthesizer's name for it
    edited_at   TIMESTAMP NOT NULL,
    PRIMARY KEY (task_id, label, language)
);

-- Voices of the speakers in the last dub of each language.
CREATE TABLE IF NOT EXISTS voices (
    task_id  BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    label    VARCHAR NOT NULL,
    voice    VARCHAR NOT NULL,                     -- the synthesizer's name for it
    PRIMARY KEY (task_id, language, label)
);

-- Voices to choose from in the last dub of each language, the best first.
CREATE TABLE IF NOT EXISTS voice_choices (
    task_id  BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    names    VARCHAR[] NOT NULL,
    PRIMARY KEY (task_id, language)
);

-- Audio files of the last finished dub of each language.
CREATE TABLE IF NOT EXISTS dub_files (
    task_id  BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    part     VARCHAR NOT NULL,                     -- mix, voices, background, music, effects
    path     VARCHAR NOT NULL,                     -- relative to the artifacts folder
    PRIMARY KEY (task_id, language, part)
);

-- The assessment of each dub, as JSON.
CREATE TABLE IF NOT EXISTS reports (
    task_id  BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    report   JSON NOT NULL,
    made_at  TIMESTAMP NOT NULL,
    notes    JSON,                                 -- those of the report, alone
    PRIMARY KEY (task_id, language)
);
"""
    + SCRIPT_TABLES
    + SPEECH_TABLES
    + ACCESS_TABLES
    + TOTAL_TABLES
    + LIBRARY_TABLES
    + OUTBOX_TABLES
)
