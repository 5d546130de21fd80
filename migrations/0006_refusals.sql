-- Objects of other tools that an adoption refused, and why. docs/format-hot-store.md explains when a row goes.

INSERT INTO hot_schema (version) VALUES (6);

CREATE TABLE refusal (
  key TEXT PRIMARY KEY,
  etag TEXT NOT NULL,
  reason TEXT NOT NULL
) WITHOUT ROWID;
