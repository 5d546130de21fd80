-- Derived months. docs/format-month.md explains tables and rules.

INSERT INTO hot_schema (version) VALUES (3);

-- builds: the last number given; pending: the unfinished build and the days it is made from, as [[day,generation],…];
-- published: the build that readers see, and its days; previous: the one before, whose objects are still kept.
CREATE TABLE derived_month (
  site TEXT NOT NULL,
  month INTEGER NOT NULL,
  builds INTEGER NOT NULL,
  pending INTEGER,
  pending_days TEXT,
  published INTEGER,
  days TEXT,
  previous INTEGER,
  PRIMARY KEY (site, month)
) WITHOUT ROWID;

-- The blobs come last, so that parts that cannot hold an asked point are passed over without them.
CREATE TABLE derived_part (
  site TEXT NOT NULL,
  month INTEGER NOT NULL,
  build INTEGER NOT NULL,
  part INTEGER NOT NULL,
  first_point TEXT NOT NULL,
  last_point TEXT NOT NULL,
  samples_key TEXT NOT NULL,
  samples_size INTEGER NOT NULL,
  samples_rows INTEGER NOT NULL,
  hours_key TEXT NOT NULL,
  hours_size INTEGER NOT NULL,
  hours_rows INTEGER NOT NULL,
  samples_index BLOB NOT NULL,
  hours_index BLOB NOT NULL,
  PRIMARY KEY (site, month, build, part)
) WITHOUT ROWID;
