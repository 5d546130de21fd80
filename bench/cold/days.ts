/** Days of a site as objects on disk, and a bucket that reads them like R2. */
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { makeBuilder } from "../../src/adapters/parquet/write/day.ts"
import type { Day } from "../../src/domain/time/calendar.ts"
import type { OwnEntry } from "../../src/domain/tiers/catalog.ts"
import type { Columns, Series } from "../../src/domain/samples/series.ts"

/** A site whose points are made one day at a time. */
export interface Site {
  readonly names: ReadonlyArray<string>
  readonly day: (day: Day, point: number) => Columns
}

export interface DayFile {
  readonly file: string
  readonly entry: OwnEntry
}

const seriesOf = (site: Site, day: Day, point: number): Series => ({
  point: site.names[point] as string,
  ...site.day(day, point)
})

/** Builds the object of one day and writes it to `folder`. */
export const writeDay = (folder: string, name: string, site: Site, day: Day): DayFile => {
  const builder = makeBuilder({ site: name, day, generation: 1, source: "archival", writtenBy: "bench" })
  for (let point = 0; point < site.names.length; point++) {
    const complaint = builder.add(seriesOf(site, day, point))
    if (complaint !== undefined) throw new Error(complaint)
  }
  const { bytes, pointNames: _, ...described } = builder.finish()
  const file = join(folder, `${name}-${day}.parquet`)
  writeFileSync(file, bytes)
  return { file, entry: { ...described, etag: file } }
}

interface PinnedRead {
  readonly onlyIf: { readonly etagMatches: string }
  readonly range: { readonly offset?: number; readonly length?: number; readonly suffix?: number }
}

/**
 * Files as an R2 bucket, with only the reads that the cold store does: pinned to an etag, which here is the file's
 * name.
 */
export const makeFileBucket = (): R2Bucket & { readonly close: () => void } => {
  const open = new Map<string, number>()
  const get = async (_key: string, { onlyIf, range }: PinnedRead) => {
    const file = onlyIf.etagMatches
    let descriptor = open.get(file)
    if (descriptor === undefined) open.set(file, descriptor = openSync(file, "r"))
    const size = fstatSync(descriptor).size
    const length = range.suffix ?? range.length ?? size
    const bytes = new Uint8Array(length)
    readSync(descriptor, bytes, 0, length, range.suffix === undefined ? range.offset ?? 0 : size - range.suffix)
    return { etag: file, size, body: null, arrayBuffer: async () => bytes.buffer }
  }
  const close = () => open.forEach((descriptor) => closeSync(descriptor))
  return { get, close } as unknown as R2Bucket & { readonly close: () => void }
}

/** Points of one block of {@link encodeBlock}, so that a block is about half a megabyte. */
export const BLOCK_POINTS = 20

/** Raw columns in the form that `writer.ts` reads. */
export const encodeBlock = (site: Site, day: Day, from: number): Uint8Array => {
  const parts: Array<Uint8Array> = []
  for (let point = from; point < Math.min(from + BLOCK_POINTS, site.names.length); point++) {
    const { point: text, timestamps, values } = seriesOf(site, day, point)
    const name = new TextEncoder().encode(text)
    const head = new Uint8Array(8 + Math.ceil(name.length / 8) * 8)
    new Uint32Array(head.buffer, 0, 2).set([name.length, timestamps.length])
    head.set(name, 8)
    parts.push(head)
    for (const { buffer, byteLength, byteOffset } of [timestamps, values]) {
      parts.push(new Uint8Array(buffer, byteOffset, byteLength))
    }
  }
  const length = new Uint8Array(8)
  new Uint32Array(length.buffer)[0] = parts.reduce((total, part) => total + part.length, 0)
  return Buffer.concat([length, ...parts])
}
