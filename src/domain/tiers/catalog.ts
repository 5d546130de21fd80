/**
 * The catalog: which cold partitions exist, and what each holds.
 */
import type { Day } from "../time/calendar.ts"

/** Who wrote a cold object. */
export type ColdSource = "archival" | "backfill" | "adopted"

/** What a cold object says of itself; the catalog row repeats it, so that the catalog can be rebuilt. */
export interface ColdObject {
  readonly site: string
  readonly day: Day
  readonly key: string
  readonly etag: string
  /** Bytes. */
  readonly size: number
  /** Raised by every committed change of the partition; a row gives way only to a higher one. */
  readonly generation: number
  readonly rows: number
  readonly points: number
  /** First and last timestamp, ms; 0 and 0 where `rows` is 0. */
  readonly firstTimestamp: number
  readonly lastTimestamp: number
  /** Content checksum, 16 hex digits: see `checksum.ts`. */
  readonly checksum: string
  readonly source: ColdSource
  /** The run that wrote it. */
  readonly writtenBy: string
}

export interface CatalogEntry extends ColdObject {
  /** Where each point's pages are; opaque to all but the cold store, which can rebuild it. */
  readonly index: Uint8Array | null
}

/** Whether another tool wrote the object of the row, and it lies as it was adopted: no run of ours wrote it. */
export const isForeign = ({ writtenBy }: ColdObject): boolean => writtenBy === ""

/** An object that does not describe itself: where it is, and nothing of what it holds. */
export const undescribed = (object: Pick<ColdObject, "site" | "day" | "key" | "etag" | "size">): ColdObject => ({
  ...object,
  generation: 0,
  rows: 0,
  points: 0,
  firstTimestamp: 0,
  lastTimestamp: 0,
  checksum: "",
  source: "adopted",
  writtenBy: ""
})

/**
 * What is damaged of an object and its catalog row: the object ends early (`cut`); its `footer` or magic numbers; the point
 * `names` of a row group; `samples`; the `checksums` kept with them; the `index` of the row; or the `row` is of another object.
 */
export const DAMAGES = ["cut", "footer", "names", "samples", "checksums", "index", "row"] as const
export type Damage = (typeof DAMAGES)[number]
