ALTER TABLE jobs ADD COLUMN pause_requested INTEGER NOT NULL DEFAULT 0;

-- What a sweep knows of itself beside its trials, as JSON.
CREATE TABLE sweeps (
    job_id TEXT PRIMARY KEY NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    state  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- `document` is the JSON of a TrialRecord. `changed_seq` is the number of the
-- job's event that told of its last change.
CREATE TABLE trials (
    id          INTEGER PRIMARY KEY,
    job_id      TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    platform    TEXT NOT NULL,
    changed_seq INTEGER NOT NULL,
    document    TEXT NOT NULL,
    UNIQUE (job_id, number, platform)
) STRICT;
CREATE INDEX trials_by_change ON trials (job_id, changed_seq);

CREATE TABLE trial_epochs (
    trial_id        INTEGER NOT NULL REFERENCES trials (id) ON DELETE CASCADE,
    epoch           INTEGER NOT NULL,
    train_loss      REAL NOT NULL,
    validation_loss REAL,
    objective       REAL,
    PRIMARY KEY (trial_id, epoch)
) STRICT, WITHOUT ROWID;
