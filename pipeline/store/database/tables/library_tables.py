"""Tables of the schema for the library: rules of its folders, its films, and its newest scan."""

LIBRARY_TABLES = """
-- Rules of folders and series, in order: the first that matches a film counts.
CREATE TABLE IF NOT EXISTS rules (
    position     INTEGER PRIMARY KEY,               -- from 0
    name         VARCHAR NOT NULL,                  -- unique
    pattern      VARCHAR NOT NULL,                  -- a path or a name, with * ? […]
    target_langs VARCHAR[] NOT NULL,                -- BCP 47; empty: those of the settings
    source_lang  VARCHAR,                           -- BCP 47; NULL: as the film says
    glossary     VARCHAR NOT NULL,                  -- of its films, as text
    priority     INTEGER,                           -- as of tasks; NULL: interactive
    skip         BOOLEAN NOT NULL,                  -- TRUE: its films are not dubbed
    voices       VARCHAR[],                         -- that speakers are cast from; empty: all
    engines      VARCHAR[]                          -- role=engine, one of those listed for the role
);

-- Films of the library as the newest scan found them, probed once for each version of their files.
CREATE TABLE IF NOT EXISTS library_films (
    path              VARCHAR PRIMARY KEY,
    size              BIGINT NOT NULL,             -- bytes
    mtime_ns          BIGINT NOT NULL,             -- ns since 1970
    title             VARCHAR NOT NULL,
    source            VARCHAR NOT NULL,            -- folders, radarr, sonarr
    original_language VARCHAR,                     -- BCP 47, as Radarr or Sonarr tell it
    tags              VARCHAR[] NOT NULL,          -- labels in Radarr or Sonarr
    duration          DOUBLE,                      -- s
    languages         VARCHAR[] NOT NULL,          -- of its dialogue tracks, BCP 47
    dubbed_by         VARCHAR NOT NULL,            -- the Dubarr that made it, '' for an original
    fault             VARCHAR NOT NULL,            -- why it cannot be probed, '' where it can
    wanted            VARCHAR[] NOT NULL,          -- languages that it should have, BCP 47
    heard             VARCHAR[] NOT NULL,          -- those of them in its own audio
    reason            VARCHAR NOT NULL,            -- why none is wanted
    scan              BIGINT NOT NULL,             -- the last scan that found it
    dubs              VARCHAR[] DEFAULT []         -- of the sidecar dubs beside it, BCP 47
);

-- The newest scan of the library: one row.
CREATE TABLE IF NOT EXISTS library_scans (
    id          INTEGER PRIMARY KEY,               -- 1
    scan        BIGINT NOT NULL,                   -- its number, which fences older ones
    started_at  TIMESTAMP NOT NULL,
    beat_at     TIMESTAMP NOT NULL,                -- its last sign of life
    finished_at TIMESTAMP,
    seen        INTEGER NOT NULL,                  -- films so far
    total       INTEGER NOT NULL,                  -- films listed
    problems    VARCHAR[] NOT NULL,                -- sentences
    wanted_key  VARCHAR NOT NULL                   -- digest of the settings and rules that it applied
);
"""
