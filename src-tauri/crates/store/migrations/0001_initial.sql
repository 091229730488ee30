CREATE TABLE settings (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- `document` is the JSON of a Dataset; `name` here is the one that counts.
CREATE TABLE datasets (
    id          TEXT PRIMARY KEY NOT NULL,
    name        TEXT NOT NULL UNIQUE,
    imported_at REAL NOT NULL,
    document    TEXT NOT NULL
) STRICT;

-- `dataset_id` is no reference: runs outlive their dataset.
CREATE TABLE jobs (
    id               TEXT PRIMARY KEY NOT NULL,
    dataset_id       TEXT NOT NULL,
    spec             TEXT NOT NULL,
    status           TEXT NOT NULL,
    error            TEXT,
    created_at       REAL NOT NULL,
    finished_at      REAL,
    last_seq         INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_by_status ON jobs (status);

-- `document` is the JSON of a Run; `name` and `epoch` here are those that
-- count, being written by others than the run's own job, or more often.
CREATE TABLE runs (
    id               TEXT PRIMARY KEY NOT NULL,
    job_id           TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position         INTEGER NOT NULL,
    name             TEXT NOT NULL,
    status           TEXT NOT NULL,
    epoch            INTEGER NOT NULL DEFAULT 0,
    checkpoint_epoch INTEGER NOT NULL DEFAULT 0,
    created_at       REAL NOT NULL,
    document         TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_job ON runs (job_id, position);

CREATE TABLE epochs (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    epoch  INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (run_id, epoch)
) STRICT, WITHOUT ROWID;

-- `id` orders events over all jobs, so that one process can follow another's.
CREATE TABLE job_events (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    at     REAL NOT NULL,
    owner  TEXT NOT NULL,
    kind   TEXT NOT NULL,
    UNIQUE (job_id, seq)
) STRICT;

CREATE TABLE leases (
    job_id       TEXT PRIMARY KEY NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    owner        TEXT NOT NULL,
    heartbeat_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
