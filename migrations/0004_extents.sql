-- When points have samples, and how many a hot day has. docs/format-hot-store.md explains tables and rules.

INSERT INTO hot_schema (version) VALUES (4);

-- Over all published partitions. last_value: 8 bytes, little-endian; a REAL would lose the sign of -0.
CREATE TABLE cold_extent (
  point_id INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  last_value BLOB NOT NULL
);

-- Samples in the chunks of the day, and samples appended to its tail; null where the row is older than the count.
ALTER TABLE hot_day ADD COLUMN chunk_samples INTEGER;
ALTER TABLE hot_day ADD COLUMN tail_samples INTEGER;
