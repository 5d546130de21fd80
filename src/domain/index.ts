/**
 * The front door of the library: what a program on another platform needs, by subject, each export by its name.
 * Everything here is pure: data in, data out, no I/O, clock or platform. A module that is not listed can be imported by
 * its own path, such as `building-vitals/domain/jobs/sync-plan`.
 */

// The hot/cold boundary: which days are due to move.
export { type ArchivePlan, boundaryOf, planArchive } from "./tiers/boundary.ts"

// Partitions: one site on one UTC day, and the one key of its cold object.
export { DAILY_PREFIX, parseLegacyKey, parsePartitionKey, type Partition, partitionKey } from "./tiers/partition.ts"

// Merging and de-duplication: of two values of one instant, the one of the higher rank.
export { changedColumns, columnsFromRows, mergeAll, mergeColumns, mergeSeries } from "./samples/merge.ts"

// Timestamps, from any form a source may use.
export {
  formatInstant,
  InvalidInstant,
  MAX_INSTANT,
  MIN_INSTANT,
  parseInstant,
  parseInstantNear
} from "./time/instant.ts"
export { type InstantReader, makeInstantReader } from "./time/instant-reader.ts"

// Days, windows, zones and bucket widths.
export { type Day, dayOf, dayStart, formatDay, InvalidDay, type Month, monthOf, parseDay } from "./time/calendar.ts"
export { contains, daysOf, intersect, isEmpty, type Window, windowOfDay } from "./time/window.ts"
export { InvalidZone, parseZone, utc, type Zone } from "./time/zone.ts"
export { formatInterval, type Interval, InvalidInterval, parseDuration, parseInterval } from "./time/interval.ts"

// Samples as columns, the rows of a source made into them, names, and checksums.
export { type Columns, countSamples, type Series, sliceColumns } from "./samples/series.ts"
export { makePageBuilder, type PageBuilder } from "./samples/page-builder.ts"
export { readValue } from "./samples/value.ts"
export { type Dropped, type DropReason, type SourcePage } from "./samples/page.ts"
export { comparePoints, InvalidName, parsePointName, parseSiteName } from "./samples/names.ts"
export { type Checksum, checksumSeries, formatChecksum, sumChecksums } from "./samples/checksum.ts"

// Answers: samples, or the hourly rollups that stand for them, as buckets or as the pixels of a chart.
export { bucketEdges } from "./answers/buckets.ts"
export { AGGREGATIONS, type Aggregation } from "./answers/aggregate.ts"
export { type Fill, FILLS } from "./answers/fill.ts"
export { type Buckets, RAW, type Resolution } from "./answers/resolution.ts"
export { rollUp, type Rollup } from "./answers/rollup.ts"
export { makeShaper, type Shaped, type Shaper } from "./answers/shape.ts"

// The codec of the hot tier: docs/format-hot-chunk.md.
export { decodeChunk, encodeChunk } from "./codec/chunk/chunk.ts"
export { decodeTimelines, encodeTimelines, shareTimelines } from "./codec/chunk/timelines.ts"
export { decodeSegments, encodeSegment, type SegmentEntry } from "./codec/segment/segment.ts"
export { ChunkError } from "./codec/error.ts"
