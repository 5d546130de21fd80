/**
 * The Parquet columns of a daily object and the constants of its format: docs/format-parquet.md.
 */
import type { SchemaElement } from "hyparquet"

/** Raised when a reader of the older version could not read the object. */
export const FORMAT_VERSION = 2
/** Versions that are read, as texts. */
export const FORMAT_VERSIONS = ["1", "2"] as const
/** The key of the version in the metadata of an object. */
export const FORMAT_KEY = "format"
export const WRITER = "building-vitals 1"

/** The key of the index, in Base64, in the footer's key-value metadata. */
export const INDEX_KEY = "index"

export const SCHEMA = {
  timestamp: {
    name: "timestamp",
    type: "INT64",
    repetition_type: "REQUIRED",
    converted_type: "TIMESTAMP_MILLIS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" }
  },
  point_name: {
    name: "point_name",
    type: "BYTE_ARRAY",
    repetition_type: "REQUIRED",
    converted_type: "UTF8",
    logical_type: { type: "STRING" }
  },
  value: { name: "value", type: "DOUBLE", repetition_type: "REQUIRED" },
  site_name: {
    name: "site_name",
    type: "BYTE_ARRAY",
    repetition_type: "REQUIRED",
    converted_type: "UTF8",
    logical_type: { type: "STRING" }
  }
} as const satisfies Record<string, SchemaElement>

/** The magic number at both ends of every Parquet file. */
export const MAGIC = new TextEncoder().encode("PAR1")
