"""Tables of the schema for messages about ended tasks, which wait for their delivery."""

OUTBOX_TABLES = """
-- Messages about ended tasks to other applications, written in the transaction of the end (transactional outbox) and deleted once
-- they are delivered, or given up. What they tell is copied: the task may be queued again, or deleted, before.
CREATE TABLE IF NOT EXISTS outbox (
    id            VARCHAR PRIMARY KEY,             -- UUID, the same in every attempt
    task_id       BIGINT NOT NULL,
    receiver      VARCHAR NOT NULL,                -- callback, completion, plex, jellyfin, arr
    position      INTEGER NOT NULL,                -- among those of one end
    path          VARCHAR NOT NULL,                -- of the film
    status        VARCHAR NOT NULL,                -- DONE, ERROR, SKIPPED
    target_langs  VARCHAR[] NOT NULL,              -- BCP 47
    output        VARCHAR,                         -- path of the dub
    error         VARCHAR,                         -- of the task
    origin        VARCHAR NOT NULL,                -- of the task
    preview_from  DOUBLE,                          -- s of the film, of a preview
    preview_until DOUBLE,
    preview_only  BOOLEAN NOT NULL,                -- the task dubbed that part alone
    callback      VARCHAR NOT NULL,                -- URL, for the callback alone
    created_at    TIMESTAMP NOT NULL,
    attempts      INTEGER NOT NULL,                -- that were begun
    next_at       TIMESTAMP NOT NULL,              -- of the next attempt
    failed_at     TIMESTAMP,                       -- of the last attempt that failed
    failure       VARCHAR                          -- its reason
);
"""
