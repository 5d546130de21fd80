/**
 * Verifies an object of samples: decodes it, one row group at a time, and compares the samples with what went in, with
 * their checksums, the index and the footer. The kinds of damage are described in docs/format-parquet.md.
 */
import { formatDay } from "../../../domain/time/calendar.ts"
import { seriesComplaint } from "../../../domain/tiers/partition.ts"
import { daysOf, type Window, windowOfDay } from "../../../domain/time/window.ts"
import type { OwnObject } from "../../../domain/tiers/catalog.ts"
import { CHECKSUM_BYTES, CHECKSUMS_KEY, describeChecksums, makeChecksumBlock } from "../format/checksum-block.ts"
import { type Describe, footerTexts } from "../format/description.ts"
import { makeFooter } from "../write/footer.ts"
import { indexOf, readTexts } from "../format/metadata.ts"
import { expectSame, firstMismatch, locating, Mismatch, sameBytes } from "./mismatch.ts"
import { type IndexedSpan, openIndex, walkIndex } from "../format/object-index.ts"
import type { SampleObject } from "../write/samples.ts"
import { FORMAT_KEY, FORMAT_VERSIONS, MAGIC } from "../format/schema.ts"
import { decodeGroup } from "./group.ts"

/** An object of samples, and what its footer must say. */
export interface Expected extends Omit<SampleObject, "index" | "pointNames"> {
  readonly site: string
  readonly window: Window
  /** Null: the one in the footer. */
  readonly index: Uint8Array | null
  /** Null: those in the object, which the checksums protect. */
  readonly pointNames: ReadonlyArray<string> | null
  readonly describe: Describe
}

const groupSpans = (index: Uint8Array): ReadonlyArray<ReadonlyArray<IndexedSpan>> => {
  const groups: Array<Array<IndexedSpan>> = []
  for (const span of walkIndex(index)) {
    if (span.firstPoint === 0) groups.push([span])
    else groups.at(-1)?.push(span)
  }
  return groups
}

/** The texts of the footer, and the index in it, which must be equal to that of the catalog. */
const readFooter = ({ bytes, index }: Expected) => {
  const said = locating("footer", "the footer", () => {
    if (!sameBytes(bytes.subarray(0, MAGIC.length), MAGIC)) {
      throw new RangeError("the object does not begin as a Parquet file")
    }
    const texts = readTexts(bytes)
    const inside = indexOf(texts)
    openIndex(inside)
    const format = texts.get(FORMAT_KEY)
    if (!FORMAT_VERSIONS.some((version) => version === format)) throw new RangeError(`a format of version ${format}`)
    return { index: inside, texts, format: { [FORMAT_KEY]: format ?? "" } }
  })
  if (index !== null) locating("index", "the index of the catalog", () => openIndex(index))
  if (index !== null && !sameBytes(index, said.index)) {
    throw new Mismatch("index", "the index of the catalog is not that of the object")
  }
  return said
}

/** Compares the samples with the stored checksums, and both with their sum. Gives the bytes of the checksum block. */
const expectChecksums = (
  { bytes, checksum, window }: Expected,
  texts: ReadonlyMap<string, string>,
  names: ReadonlyArray<string>,
  found: { readonly block: Uint8Array; readonly sum: string },
  offset: number
): number => {
  const length = texts.has(CHECKSUMS_KEY) ? found.block.length : 0
  const kept = bytes.subarray(offset, offset + length)
  const differs = kept.findIndex((byte, i) => byte !== found.block[i])
  if (differs >= 0) {
    const days = daysOf(window)
    const place = Math.floor(differs / CHECKSUM_BYTES)
    const point = JSON.stringify(names[Math.floor(place / days.length)])
    const day = formatDay(days[place % days.length] as number)
    const where = `point ${point} on ${day}`
    // The sum tells which of the two is right.
    throw found.sum === checksum
      ? new Mismatch("checksums", `the checksum of ${where} is not that of its samples, byte ${offset + differs}`)
      : new Mismatch("samples", `the samples of ${where} are not those of their checksum`)
  }
  expectSame(texts.get("checksum") === checksum ? "samples" : "row", "checksum of all samples", found.sum, checksum)
  return length
}

const verify = (built: Expected): void => {
  const { bytes, describe, pointNames } = built
  expectSame("cut", "bytes", bytes.length, built.size)
  const { format, index, texts } = readFooter(built)
  const checksums = makeChecksumBlock(built.window)
  const names: Array<string> = []
  const footer = makeFooter()
  let rows = 0
  let end = MAGIC.length
  for (const spans of groupSpans(index)) {
    const points = spans.reduce((total, span) => total + span.points, 0)
    const expected = { site: built.site, spans, names: pointNames?.slice(names.length, names.length + points) ?? null }
    const group = locating("samples", `row group at byte ${end}`, () =>
      decodeGroup(bytes, expected, (series) => {
        const complaint = seriesComplaint(built.window, names.at(-1) ?? null, series)
        if (complaint !== undefined) throw new Mismatch("samples", complaint)
        checksums.add(series)
        names.push(series.point)
      }))
    rows += group.rows
    footer.add(group.metadata)
    end = group.end
  }
  const found = { block: checksums.bytes(), sum: checksums.sum() }
  const length = expectChecksums(built, texts, names, found, end)
  expectSame("row", "points", names.length, built.points)
  expectSame("row", "point names", pointNames?.length ?? names.length, names.length)
  expectSame("row", "rows", rows, built.rows)
  const description = {
    ...describe(built, index),
    // Objects of every version are verified; the texts keep their order.
    ...format,
    ...(texts.has(CHECKSUMS_KEY) ? describeChecksums({ offset: end, length }) : {})
  }
  if (!sameBytes(bytes.subarray(end + length), footer.finish(rows, description))) {
    throw new Mismatch("footer", "the footer describes something else")
  }
}

/** The first damage of an object of samples; undefined where there is none. */
export const verifySamples = (built: Expected): Mismatch | undefined => firstMismatch(() => verify(built))

/** {@link verifySamples} for a daily object. */
export const verifyObject = (
  built: Omit<OwnObject, "etag"> & Pick<Expected, "bytes" | "index" | "pointNames">
): Mismatch | undefined =>
  verifySamples({
    ...built,
    window: windowOfDay(built.day),
    describe: (content, index) => footerTexts({ ...built, ...content }, index)
  })
