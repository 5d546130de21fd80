-- What a backfill has read of a day that it has not published yet. docs/format-job-state.md explains the rows.

-- Older code would go on with a day without its parts.
INSERT INTO hot_schema (version, minimum_reader) VALUES (8, 8);

-- The pieces of a part in the order of their points; at: when it was put, ms, by which leftovers are found.
CREATE TABLE staged (
  site TEXT NOT NULL,
  day INTEGER NOT NULL,
  part TEXT NOT NULL,
  piece INTEGER NOT NULL,
  is_last INTEGER NOT NULL,
  at INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (site, day, part, piece)
) WITHOUT ROWID;
