/**
 * The page sizes that ACE accepts.
 */
import { Result, Schema } from "effect"

/**
 * Rows in a page of samples, of which an isolate has room for any; other sizes are a 400. ACE also offers 300,000 and
 * 500,000, but a page of 100,000 rows is 16 MB of JSON and takes some 55 MB to read, of the 128 MB of an isolate.
 */
export const PAGE_SIZES = [3, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000] as const

/** No page size is as large as the wanted one. */
export class InvalidPageSize extends Schema.TaggedError<InvalidPageSize>()("InvalidPageSize", {
  pageSize: Schema.Number
}) {
  override get message() {
    return `page size ${this.pageSize}: expected a number from 1 to ${PAGE_SIZES.at(-1)}`
  }
}

/** The smallest page size that ACE accepts and that is not below the wanted one. */
export const pageSizeFor = (wanted: number): Result.Result<number, InvalidPageSize> => {
  const size = wanted >= 1 ? PAGE_SIZES.find((allowed) => allowed >= wanted) : undefined
  return size === undefined ? Result.fail(new InvalidPageSize({ pageSize: wanted })) : Result.succeed(size)
}
