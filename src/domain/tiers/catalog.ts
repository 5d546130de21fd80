/**
 * The catalog: which cold partitions exist, and what each holds.
 */
import type { Day } from "../time/calendar.ts"

/** Who wrote a cold object. */
export type ColdSource = "archival" | "backfill" | "adopted"

/** One version of the object of a partition: where it is, and nothing about what it holds. */
export interface ObjectVersion {
  readonly site: string
  readonly day: Day
  readonly key: string
  readonly etag: string
  /** Bytes. */
  readonly size: number
}

/** An object that another tool wrote and nobody has read yet. It does not describe itself. */
export interface ForeignObject extends ObjectVersion {
  readonly kind: "foreign"
}

interface KnownObject extends ObjectVersion {
  /** Every committed change of the partition raises it. A row is only replaced by one with a higher generation. */
  readonly generation: number
  readonly rows: number
  readonly points: number
  /** The first and the last timestamp, ms; both 0 where `rows` is 0. */
  readonly firstTimestamp: number
  readonly lastTimestamp: number
  /** The checksum of its samples, as 16 hex digits: see `samples/checksum.ts`. */
  readonly checksum: string
}

/** An object that one of our runs wrote. It describes itself, so the catalog can be rebuilt from such objects. */
export interface OwnObject extends KnownObject {
  readonly kind: "own"
  readonly source: ColdSource
  /** The run that wrote it. */
  readonly writtenBy: string
}

/** An object that another tool wrote. Adoption has read it, so that the catalog knows what it holds. */
export interface AdoptedObject extends KnownObject {
  readonly kind: "adopted"
}

/** What the catalog says of an object. */
export type ColdObject = OwnObject | AdoptedObject

interface Indexed {
  /** Where the data pages of each point are; only the cold store can read it, or rebuild it where it is null. */
  readonly index: Uint8Array | null
}

/** A catalog row with its index. */
export type CatalogEntry = ColdObject & Indexed
export type OwnEntry = OwnObject & Indexed

/**
 * What is damaged in an object or in its catalog row: the object ends too early (`cut`); its `footer` or magic numbers;
 * the point `names` of a row group; its `samples`; the `checksums` stored with them; the `index` of the row; or the
 * `row` describes another object.
 */
export const DAMAGES = ["cut", "footer", "names", "samples", "checksums", "index", "row"] as const
export type Damage = (typeof DAMAGES)[number]
