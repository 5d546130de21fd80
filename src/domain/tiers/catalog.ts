/**
 * The catalog: which cold partitions exist, and what each holds.
 */
import type { Day } from "../time/calendar.ts"

/** Who wrote a cold object. */
export type ColdSource = "archival" | "backfill" | "adopted"

/** What a cold object says about itself. The catalog row repeats it, so the catalog can be rebuilt from the objects. */
export interface ColdObject {
  readonly site: string
  readonly day: Day
  readonly key: string
  readonly etag: string
  /** Bytes. */
  readonly size: number
  /** Every committed change of the partition raises it. A row is only replaced by one with a higher generation. */
  readonly generation: number
  readonly rows: number
  readonly points: number
  /** The first and the last timestamp, ms; both 0 where `rows` is 0. */
  readonly firstTimestamp: number
  readonly lastTimestamp: number
  /** The checksum of its samples, as 16 hex digits: see `samples/checksum.ts`. */
  readonly checksum: string
  readonly source: ColdSource
  /** The run that wrote it. */
  readonly writtenBy: string
}

/** A catalog row with its index. */
export interface CatalogEntry extends ColdObject {
  /** Where the data pages of each point are; only the cold store can read it, or rebuild it where it is null. */
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
 * What is damaged in an object or in its catalog row: the object ends too early (`cut`); its `footer` or magic numbers;
 * the point `names` of a row group; its `samples`; the `checksums` stored with them; the `index` of the row; or the
 * `row` describes another object.
 */
export const DAMAGES = ["cut", "footer", "names", "samples", "checksums", "index", "row"] as const
export type Damage = (typeof DAMAGES)[number]
