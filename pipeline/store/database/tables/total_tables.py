"""Tables of totals for metrics: counters that only grow."""

TOTAL_TABLES = """
-- Runs of stages, in all tasks, deleted ones too: a row per bucket of a histogram of their seconds.
CREATE TABLE IF NOT EXISTS stage_totals (
    stage       VARCHAR NOT NULL,
    engine      VARCHAR NOT NULL,                  -- its name, '' for a stage without one
    upper_bound DOUBLE NOT NULL,                   -- s: the longest run of the bucket; inf for the last
    runs        BIGINT NOT NULL,                   -- that computed something
    seconds     DOUBLE NOT NULL,                   -- of those
    executed    BIGINT NOT NULL,                   -- answers that were computed
    reused      BIGINT NOT NULL,                   -- answers from the cache
    PRIMARY KEY (stage, engine, upper_bound)
);

-- Tasks that ended, deleted ones too. The other sums are of dubs of which most was computed.
CREATE TABLE IF NOT EXISTS ended_totals (
    status       VARCHAR NOT NULL,                 -- DONE, ERROR, CANCELLED, SKIPPED
    reason       VARCHAR NOT NULL,                 -- class of the error, '' for DONE
    tasks        BIGINT NOT NULL,
    film_seconds DOUBLE NOT NULL,                  -- s of film, times languages
    work_seconds DOUBLE NOT NULL,                  -- s of the attempts that finished them
    lines        BIGINT NOT NULL,                  -- of their dubs
    PRIMARY KEY (status, reason)
);
"""
