"""Tables of the schema for the speech of dubs: voices and deliveries."""

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
"""
