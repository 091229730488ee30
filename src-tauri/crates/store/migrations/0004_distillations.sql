-- What a distillation knows of itself beside its runs, as JSON.
CREATE TABLE distillations (
    job_id TEXT PRIMARY KEY NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    state  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
