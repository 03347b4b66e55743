"""Tables of the schema for the scripts of dubs: revisions, changes, deleted lines and reviews."""

SCRIPT_TABLES = """
-- Revision of the script of each dub: raised by every change of it, and that of the script which was dubbed last.
CREATE TABLE IF NOT EXISTS script_revisions (
    task_id  BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    revision INTEGER NOT NULL,
    dubbed   INTEGER NOT NULL,
    PRIMARY KEY (task_id, language)
);

-- Cells of scripts that a revision changed, with their text before it.
CREATE TABLE IF NOT EXISTS script_changes (
    task_id    BIGINT NOT NULL,
    language   VARCHAR NOT NULL,
    revision   INTEGER NOT NULL,
    number     INTEGER NOT NULL,                   -- of the line; 0 for a speaker
    cell       VARCHAR NOT NULL,                   -- translation, source, speaker, start, end, deleted; voice for a speaker's
    before     VARCHAR NOT NULL,                   -- the text; for a speaker the label
    changed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (task_id, language, revision, number, cell)
);

-- Deleted lines of dubs, as they were when the film was dubbed without them.
CREATE TABLE IF NOT EXISTS deleted_lines (
    task_id     BIGINT NOT NULL,
    language    VARCHAR NOT NULL,                  -- of the dub
    number      INTEGER NOT NULL,
    start       DOUBLE NOT NULL,                   -- s of the film
    source_text VARCHAR NOT NULL,
    text        VARCHAR NOT NULL,                  -- "" where the original audio was kept
    subtitled   BOOLEAN NOT NULL,                  -- of a dub that is spoken from its own subtitles
    PRIMARY KEY (task_id, language, number)
);

-- Reviews of lines by a person. One counts while `text` is that of its line: a changed line is to be reviewed again.
CREATE TABLE IF NOT EXISTS line_reviews (
    task_id     BIGINT NOT NULL,
    language    VARCHAR NOT NULL,                  -- of the dub
    number      INTEGER NOT NULL,                  -- of the line
    verdict     VARCHAR NOT NULL,                  -- accepted, fixed, skipped
    text        VARCHAR NOT NULL,                  -- of the line that was reviewed
    reviewed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (task_id, language, number)
);
"""
