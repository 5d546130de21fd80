/**
 * The columns that are read of an object, and their types, out of the schema in its footer.
 */
import type { ThriftReader } from "../format/thrift.ts"

/** By their numbers in the format. */
export const PHYSICAL_TYPES = [
  "BOOLEAN",
  "INT32",
  "INT64",
  "INT96",
  "FLOAT",
  "DOUBLE",
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY"
] as const
export type PhysicalType = (typeof PHYSICAL_TYPES)[number]

const CONVERTED_TYPES = [
  "UTF8",
  "MAP",
  "MAP_KEY_VALUE",
  "LIST",
  "ENUM",
  "DECIMAL",
  "DATE",
  "TIME_MILLIS",
  "TIME_MICROS",
  "TIMESTAMP_MILLIS",
  "TIMESTAMP_MICROS",
  "UINT_8",
  "UINT_16",
  "UINT_32",
  "UINT_64",
  "INT_8",
  "INT_16",
  "INT_32",
  "INT_64",
  "JSON",
  "BSON",
  "INTERVAL"
]
const LOGICAL_TYPES = [
  "",
  "STRING",
  "MAP",
  "LIST",
  "ENUM",
  "DECIMAL",
  "DATE",
  "TIME",
  "TIMESTAMP",
  "",
  "INTEGER",
  "NULL",
  "JSON",
  "BSON",
  "UUID",
  "FLOAT16",
  "VARIANT",
  "GEOMETRY",
  "GEOGRAPHY"
]

export const COLUMN_NAMES = ["point_name", "timestamp", "value", "site_name"] as const
export type ColumnName = (typeof COLUMN_NAMES)[number]

/** A flat column. */
export interface Element {
  readonly type: PhysicalType
  /** Bytes of each value of a FIXED_LEN_BYTE_ARRAY. */
  readonly width: number
  readonly isOptional: boolean
  /** The logical type by its name in the format; undefined for plain numbers and texts. */
  readonly logical: string | undefined
  readonly isUnsigned: boolean
  /** Of a DECIMAL. */
  readonly scale: number
  /** Units of a TIMESTAMP in a millisecond. */
  readonly unitsPerMs: bigint
}

interface Node {
  type: number | undefined
  width: number
  repetition: number
  name: string
  children: number
  converted: number
  logical: number
  isUnsigned: boolean
  scale: number
  unitsPerMs: bigint
}

/** Repetition types by their numbers. */
const OPTIONAL = 1
const REPEATED = 2

/** More is the name of no column that is read. */
const LONGEST_NAME = 100

export const readName = (reader: ThriftReader): string =>
  new TextDecoder().decode(reader.binary().subarray(0, LONGEST_NAME))

const readTimestamp = (reader: ThriftReader, node: Node): void =>
  reader.struct((field) => {
    if (field === 2) {
      reader.struct((unit) => void (node.unitsPerMs = unit === 3 ? 1_000_000n : unit === 2 ? 1_000n : 1n))
    }
  })

const readLogicalType = (reader: ThriftReader, node: Node): void =>
  reader.struct((kind) => {
    node.logical = kind
    if (LOGICAL_TYPES[kind] === "DECIMAL") {
      reader.struct((field) => void (field === 1 && (node.scale = reader.integer())))
    }
    if (LOGICAL_TYPES[kind] === "INTEGER") {
      reader.struct((field) => void (field === 2 && (node.isUnsigned = !reader.boolean())))
    }
    if (LOGICAL_TYPES[kind] === "TIMESTAMP") readTimestamp(reader, node)
  })

const readNode = (reader: ThriftReader): Node => {
  const node: Node = {
    type: undefined,
    width: 0,
    repetition: 0,
    name: "",
    children: 0,
    converted: -1,
    logical: 0,
    isUnsigned: false,
    scale: 0,
    unitsPerMs: 1n
  }
  reader.struct((field) => {
    if (field === 1) node.type = reader.integer()
    if (field === 2) node.width = reader.integer()
    if (field === 3) node.repetition = reader.integer()
    if (field === 4) node.name = readName(reader)
    if (field === 5) node.children = reader.integer()
    if (field === 6) node.converted = reader.integer()
    if (field === 7) node.scale = reader.integer()
    if (field === 10) readLogicalType(reader, node)
  })
  return node
}

/** Annotations that say no more than the physical type does. */
const PLAIN = /^(U?INT_\d+|INTEGER|STRING|UTF8|ENUM)$/

const elementOf = (node: Node): Element => {
  const type = node.type === undefined ? undefined : PHYSICAL_TYPES[node.type]
  if (node.children > 0 || node.repetition === REPEATED) throw new RangeError(`the column ${node.name} is nested`)
  if (type === undefined) throw new RangeError(`the column ${node.name} is of the unknown type ${node.type}`)
  const converted = CONVERTED_TYPES[node.converted]
  const logical = node.logical === 0 ? converted : LOGICAL_TYPES[node.logical] ?? "unknown"
  return {
    type,
    width: node.width,
    isOptional: node.repetition === OPTIONAL,
    logical: logical === undefined || PLAIN.test(logical) ? undefined : logical,
    isUnsigned: node.isUnsigned || converted?.startsWith("UINT_") === true,
    scale: node.scale,
    unitsPerMs: node.logical === 0 && converted === "TIMESTAMP_MICROS" ? 1_000n : node.unitsPerMs
  }
}

/**
 * The columns that are read, of the elements of a schema, which come depth first. Throws where one is nested or there
 * twice.
 */
export const readSchema = (reader: ThriftReader): ReadonlyMap<ColumnName, Element> => {
  const columns = new Map<ColumnName, Element>()
  /** How many children are to come, of the root and of each open node below it. */
  const open: Array<number> = []
  let isRoot = true
  reader.list(() => {
    const node = readNode(reader)
    const name = COLUMN_NAMES.find((known) => known === node.name)
    while (open.at(-1) === 0) open.pop()
    if (!isRoot && open.length === 1 && name !== undefined) {
      if (columns.has(name)) throw new RangeError(`the object has two columns ${name}`)
      columns.set(name, elementOf(node))
    }
    const parent = open.length - 1
    if (!isRoot) open[parent] = (open[parent] ?? 0) - 1
    isRoot = false
    if (node.children > 0) open.push(node.children)
  })
  if (open.some((children) => children > 0)) throw new RangeError("the schema is cut")
  return columns
}
