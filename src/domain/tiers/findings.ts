/**
 * What is wrong with an archive: where the objects that exist, the catalog, the hot days and the months disagree.
 */
import { type Day, formatMonth, type Month } from "../time/calendar.ts"
import type { ColdObject, ObjectVersion } from "./catalog.ts"

/**
 * - `missing`: the catalog names an object that does not exist.
 * - `changed`: another object has taken the place of the one that the catalog names.
 * - `damaged`: the bytes of an object, its index or its row are not what they should be.
 * - `unrecorded`: an object exists that the catalog does not name, so that no query reads it.
 * - `overdue`: a day is archived and still has hot samples that should have moved.
 * - `stale_month`: a closed month was made from other versions of its days than the catalog has now.
 */
export const FINDING_KINDS = ["missing", "changed", "damaged", "unrecorded", "overdue", "stale_month"] as const
export type FindingKind = (typeof FINDING_KINDS)[number]

export interface Finding {
  readonly kind: FindingKind
  readonly site: string
  /** The day, or the first day of a month. */
  readonly day: Day
  /** The key of the object, or words. */
  readonly subject: string
  readonly detail: string
}

/** A finding about one object, or the row that names it. */
export const findingOf = ({ day, key, site }: ObjectVersion, kind: FindingKind, detail: string): Finding => ({
  kind,
  site,
  day,
  subject: key,
  detail
})

/** What the catalog row of a day and the objects of its partition say of each other. Nothing is read. */
export const compareDay = (
  row: ColdObject | undefined,
  objects: ReadonlyArray<ObjectVersion>
): ReadonlyArray<Finding> => {
  const named = objects.find(({ key }) => key === row?.key)
  const others = objects.filter((object) => object !== named)
  return [
    ...row !== undefined && named === undefined
      ? [findingOf(row, "missing", `the catalog names ${row.rows} samples of ${row.points} points in it`)]
      : [],
    ...row !== undefined && named !== undefined && named.etag !== row.etag
      ? [findingOf(named, "changed", `its etag is ${named.etag}, in the catalog ${row.etag}`)]
      : [],
    ...others.filter((object) => !isOlder(object, row)).map((object) =>
      findingOf(object, "unrecorded", row === undefined ? "the day is not in the catalog" : `the day is in ${row.key}`)
    )
  ]
}

/** Whether an object of another layout was merged into the day's own object, beside which it stays. */
const isOlder = (object: ObjectVersion, row: ColdObject | undefined): boolean =>
  row?.kind === "own" && object.key !== row.key

/** A month that was made from other versions of its days than the catalog has now. */
export const staleMonth = (site: string, month: Month, firstDay: Day): Finding => ({
  kind: "stale_month",
  site,
  day: firstDay,
  subject: formatMonth(month),
  detail: "its days have changed since it was made"
})
