-- Job state. docs/format-job-state.md explains tables, bodies and rules.

INSERT INTO hot_schema (version) VALUES (2);

CREATE TABLE watermark (
  name TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) WITHOUT ROWID;

-- seq is the order of creation. Columns beside the body are those that statements decide by.
CREATE TABLE backfill_job (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  status TEXT NOT NULL,
  body TEXT NOT NULL
);

CREATE TABLE backfill_day (
  job_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  site TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (job_id, day, site)
) WITHOUT ROWID;

CREATE TABLE run (
  kind TEXT NOT NULL,
  finished_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (kind, finished_at, id)
) WITHOUT ROWID;

-- paid_until: the instant up to which the budget's requests are paid for.
CREATE TABLE request_budget (
  name TEXT PRIMARY KEY,
  paid_until INTEGER NOT NULL
) WITHOUT ROWID;
