"""Tables of the schema for the speech of dubs: voices, deliveries, and candidate takes."""

SPEECH_TABLES = """
-- Voice of each speaker in the last finished dub of each language, and delivery of each line: JSON.
CREATE TABLE IF NOT EXISTS spoken_voices (
    task_id  BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    label    VARCHAR NOT NULL,
    voice    VARCHAR NOT NULL,
    PRIMARY KEY (task_id, language, label)
);
CREATE TABLE IF NOT EXISTS deliveries (
    task_id  BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    number   INTEGER NOT NULL,
    delivery VARCHAR NOT NULL,                     -- pauses, inflection, pace
    PRIMARY KEY (task_id, language, number)
);

CREATE SEQUENCE IF NOT EXISTS take_ids;

-- Candidate takes of a line, made apart from the dub. Their files are kept as long as their rows.
CREATE TABLE IF NOT EXISTS takes (
    id       BIGINT PRIMARY KEY DEFAULT nextval('take_ids'),
    task_id  BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    number   INTEGER NOT NULL,
    text     VARCHAR NOT NULL,
    voice    VARCHAR NOT NULL,                     -- its name
    varied   VARCHAR NOT NULL,                     -- difference to the line's planned take, in words
    seconds  DOUBLE NOT NULL,
    rate     DOUBLE NOT NULL,                      -- 1.0: the voice's natural pace
    heard    VARCHAR,                              -- recognised text; NULL where the take was not verified
    wer      DOUBLE,                               -- word error rate of the round trip
    audio    VARCHAR NOT NULL,                     -- relative to the artifacts folder
    chosen   BOOLEAN NOT NULL DEFAULT FALSE,       -- the dub speaks the line with it
    made_at  TIMESTAMP NOT NULL
);
"""

# Files of the takes of locked lines.
LOCKED_TAKES = """
    SELECT l.audio FROM lines l JOIN edits e USING (task_id, language, number) WHERE e.locked AND l.audio <> ''
"""
