-- What syncs have read again of each site. docs/format-job-state.md explains the body and its rules.

INSERT INTO hot_schema (version) VALUES (5);

CREATE TABLE rereading (
  site TEXT PRIMARY KEY,
  body TEXT NOT NULL
) WITHOUT ROWID;

-- Its watermarks are replaced by the table.
DELETE FROM watermark WHERE name GLOB 'reread/*';
