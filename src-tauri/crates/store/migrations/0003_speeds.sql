-- How fast networks of a sweep's shapes answer, as JSON.
CREATE TABLE sweep_speeds (
    job_id   TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    shape    TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (job_id, shape)
) STRICT, WITHOUT ROWID;
