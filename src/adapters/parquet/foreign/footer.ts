/**
 * The footer of an object that another tool wrote: which columns it has, and where their chunks lie. Sizes and places
 * are checked against the object; statistics and counts are not looked at, as they may be wrong.
 */
import { footerLength, openFooter } from "../format/metadata.ts"
import { MAGIC } from "../format/schema.ts"
import type { ThriftReader } from "../format/thrift.ts"
import type { Range } from "../format/object-index.ts"
import { COLUMN_NAMES, type ColumnName, type Element, PHYSICAL_TYPES, readName, readSchema } from "./schema.ts"

/** By their numbers in the format. */
export const CODECS = ["UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"] as const
export type Codec = (typeof CODECS)[number]

export interface Chunk extends Range {
  readonly element: Element
  readonly codec: Codec
}

export interface ForeignGroup {
  /** What the footer says; the pages decide. */
  readonly rows: number
  readonly columns: ReadonlyMap<ColumnName, Chunk>
}

/** Most row groups; a group for each point of the largest site is fewer. */
const MAX_GROUPS = 32_768
/** Most bytes of the columns of a row group, all of which are in memory at once. */
const MAX_GROUP_BYTES = 33_554_432

interface RawChunk {
  name: ColumnName | undefined
  type: number
  codec: number
  length: number
  dataAt: number
  dictionaryAt: number
  isElsewhere: boolean
}

const readChunkMetadata = (reader: ThriftReader, chunk: RawChunk): void =>
  reader.struct((field) => {
    if (field === 1) chunk.type = reader.integer()
    if (field === 3) {
      const path: Array<string> = []
      reader.list(() => void path.push(readName(reader)))
      chunk.name = COLUMN_NAMES.find((name) => path.length === 1 && path[0] === name)
    }
    if (field === 4) chunk.codec = reader.integer()
    if (field === 7) chunk.length = reader.integer()
    if (field === 9) chunk.dataAt = reader.integer()
    if (field === 11) chunk.dictionaryAt = reader.integer()
  })

const readChunk = (reader: ThriftReader): RawChunk => {
  const chunk: RawChunk = {
    name: undefined,
    type: -1,
    codec: -1,
    length: -1,
    dataAt: 0,
    dictionaryAt: 0,
    isElsewhere: false
  }
  reader.struct((field) => {
    if (field === 1) chunk.isElsewhere ||= reader.binary().length > 0
    if (field === 3) readChunkMetadata(reader, chunk)
    // It is encrypted.
    if (field === 8) chunk.isElsewhere = true
  })
  return chunk
}

const chunkOf = (raw: RawChunk, name: ColumnName, element: Element): Chunk => {
  const codec = CODECS[raw.codec]
  if (raw.isElsewhere) throw new RangeError(`the column ${name} is encrypted or in another file`)
  if (PHYSICAL_TYPES[raw.type] !== element.type) throw new RangeError(`the column ${name} is of two types`)
  if (codec === undefined) throw new RangeError(`the column ${name} has the unknown codec ${raw.codec}`)
  // Writers leave an offset of 0 where there is no dictionary, or no data page.
  const offset = Math.min(...[raw.dictionaryAt, raw.dataAt].filter((at) => at > 0))
  return { element, codec, offset: Number.isFinite(offset) ? offset : 0, length: raw.length }
}

const readGroup = (reader: ThriftReader, elements: ReadonlyMap<ColumnName, Element>): ForeignGroup => {
  const columns = new Map<ColumnName, Chunk>()
  let rows = -1
  reader.struct((field) => {
    if (field === 1) {
      reader.list(() => {
        const raw = readChunk(reader)
        const element = raw.name === undefined ? undefined : elements.get(raw.name)
        if (raw.name === undefined || element === undefined) return
        if (columns.has(raw.name)) throw new RangeError(`a row group has the column ${raw.name} twice`)
        columns.set(raw.name, chunkOf(raw, raw.name, element))
      })
    }
    if (field === 3) rows = reader.integer()
  })
  if (rows < 0) throw new RangeError(`a row group says ${rows} rows`)
  for (const name of elements.keys()) {
    if (!columns.has(name)) throw new RangeError(`a row group has no column ${name}`)
  }
  return { rows, columns }
}

/** Throws where the chunks of the groups are not apart, each inside the object. */
const checkPlaces = (groups: ReadonlyArray<ForeignGroup>, end: number): void => {
  let before: Range = { offset: 0, length: MAGIC.length }
  for (const group of groups) {
    let bytes = 0
    for (const { length } of group.columns.values()) bytes += length
    if (bytes > MAX_GROUP_BYTES) {
      throw new RangeError(`the columns of a row group have ${bytes} bytes, more than ${MAX_GROUP_BYTES}`)
    }
  }
  for (const chunk of groups.flatMap(({ columns }) => [...columns.values()]).sort((a, b) => a.offset - b.offset)) {
    if (chunk.length < 0 || chunk.offset + chunk.length > end) {
      throw new RangeError(
        `${chunk.length} bytes at ${chunk.offset} are not in an object whose footer begins at ${end}`
      )
    }
    if (chunk.offset < before.offset + before.length) {
      throw new RangeError(`column chunks at ${before.offset} and ${chunk.offset} lie over each other`)
    }
    before = chunk
  }
}

export interface ForeignFile {
  /** What the footer says. */
  readonly rows: number
  readonly elements: ReadonlyMap<ColumnName, Element>
  /** Those that hold bytes, in order. */
  readonly groups: ReadonlyArray<ForeignGroup>
  /** Where the footer begins. */
  readonly end: number
}

/** Throws where the footer is damaged, or the object is no archive of samples. @param footer ends with the object */
export const readFooter = (footer: Uint8Array, size: number): ForeignFile => {
  const reader = openFooter(footer)
  const groups: Array<ForeignGroup> = []
  let elements: ReadonlyMap<ColumnName, Element> = new Map()
  let rows = -1
  let hasGroups = false
  reader.struct((field) => {
    if (field === 2) elements = readSchema(reader)
    if (field === 3) rows = reader.integer()
    if (field === 4) {
      hasGroups = true
      reader.list(() => {
        if (groups.length === MAX_GROUPS) throw new RangeError(`the object has more than ${MAX_GROUPS} row groups`)
        groups.push(readGroup(reader, elements))
      })
    }
  })
  if (rows < 0 || !hasGroups) throw new RangeError("the footer says nothing of rows")
  for (const name of COLUMN_NAMES) {
    if (name !== "site_name" && !elements.has(name)) throw new RangeError(`the object has no column ${name}`)
  }
  const end = size - footerLength(footer, size)
  const filled = groups.filter((group) =>
    group.rows > 0 || [...group.columns.values()].some(({ length }) => length > 0)
  )
  checkPlaces(filled, end)
  return { rows, elements, groups: filled, end }
}
