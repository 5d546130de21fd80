-- The hot tier and the catalog. docs/format-hot-store.md explains tables, keys and rules.

CREATE TABLE hot_schema (version INTEGER PRIMARY KEY);
INSERT INTO hot_schema (version) VALUES (1);

-- clock stamps generations and epochs, so that neither ever comes back, not even after a day was evicted.
CREATE TABLE site (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  run_sequence INTEGER NOT NULL DEFAULT 0,
  run_step INTEGER NOT NULL DEFAULT 0,
  clock INTEGER NOT NULL DEFAULT 0
);

-- A block is 64 consecutive point ids of one site: id / 64.
CREATE TABLE block (
  id INTEGER PRIMARY KEY,
  site_id INTEGER NOT NULL REFERENCES site
);
CREATE INDEX block_by_site ON block (site_id);

CREATE TABLE point (
  id INTEGER PRIMARY KEY,
  site_id INTEGER NOT NULL REFERENCES site,
  name TEXT NOT NULL,
  unit TEXT,
  device TEXT,
  description TEXT,
  interval_seconds REAL,
  tags TEXT NOT NULL DEFAULT '[]',
  collected INTEGER NOT NULL DEFAULT 0,
  UNIQUE (site_id, name)
);

-- Segments in append order, those of each strip in a column of its own: one row is written, and a query reads a quarter
-- of it. k is block, hour and piece in one integer: src/adapters/hot/keys.ts. A row that grows near the limit of a blob
-- is followed by another piece.
CREATE TABLE tail (
  k INTEGER PRIMARY KEY,
  strip0 BLOB NOT NULL,
  strip1 BLOB NOT NULL,
  strip2 BLOB NOT NULL,
  strip3 BLOB NOT NULL
);

-- The compacted series of a strip (16 points, id / 16) on a day, one chunk a slot: that of slot s is
-- data[starts[s], starts[s + 1]).
-- k is strip, day and piece. first and last are the extreme timestamps inside. The blobs come last, so that the rest is
-- read without them.
CREATE TABLE chunk (
  k INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  starts TEXT NOT NULL,
  timelines BLOB NOT NULL,
  data BLOB NOT NULL
);

-- The directory. generation: raised by every change of the day's answer; epoch: by every compaction and eviction.
CREATE TABLE hot_day (
  site_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  tail_bytes INTEGER NOT NULL,
  tail_since INTEGER,
  PRIMARY KEY (site_id, day)
) WITHOUT ROWID;

CREATE TABLE catalog (
  site_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  key TEXT NOT NULL,
  etag TEXT NOT NULL,
  size INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  points INTEGER NOT NULL,
  first_timestamp INTEGER NOT NULL,
  last_timestamp INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  source TEXT NOT NULL,
  run TEXT NOT NULL,
  point_index BLOB,
  PRIMARY KEY (site_id, day)
) WITHOUT ROWID;
