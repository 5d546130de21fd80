/**
 * What the columns of other tools mean: instants and values from the physical values that lie in the file.
 */
import { type FileMetaData, parquetSchema, type SchemaElement } from "hyparquet"
import { parseFloat16 } from "hyparquet/src/convert.js"
import { floorUnits, fromEpoch, fromEpochInteger } from "../../../domain/time/instant.ts"
import type { DropReason } from "../../../domain/samples/page.ts"
import { readValue } from "../../../domain/samples/value.ts"

/** Reads one cell that is not null. */
type ReadInstant = (cell: unknown) => number
type ReadNumber = (cell: unknown) => number | DropReason

/** Throws where the object has no such column, or one that is a list. */
const columnElement = (metadata: FileMetaData, name: string): SchemaElement => {
  const element = parquetSchema(metadata).children.find((column) => column.element.name === name)?.element
  if (element === undefined) throw new RangeError(`the object has no column ${name}`)
  if (element.repetition_type === "REPEATED" || element.type === undefined) throw new RangeError(`the column ${name} is nested`)
  return element
}

/** The logical type by its name in the Parquet format; undefined for plain numbers and texts. */
const logicalOf = ({ converted_type, logical_type }: SchemaElement): string | undefined => {
  const name = logical_type?.type ?? converted_type
  return name === undefined || /^(U?INT_\d+|INTEGER|STRING|UTF8|ENUM)$/.test(name) ? undefined : name
}

const isUnsigned = ({ converted_type, logical_type }: SchemaElement): boolean =>
  converted_type?.startsWith("UINT_") === true || (logical_type?.type === "INTEGER" && !logical_type.isSigned)

const refuse = (what: string, element: SchemaElement, expected: string): never => {
  const logical = logicalOf(element)
  throw new RangeError(`${what} are ${element.type}${logical === undefined ? "" : ` (${logical})`}, not ${expected}`)
}

/** Units of the TIMESTAMP in a millisecond. */
const unitsOf = ({ converted_type, logical_type }: SchemaElement): bigint => {
  const unit = logical_type?.type === "TIMESTAMP" ? logical_type.unit : undefined
  if (unit === "NANOS") return 1_000_000n
  return unit === "MICROS" || converted_type === "TIMESTAMP_MICROS" ? 1_000n : 1n
}

/**
 * The instants of the column `timestamp`: TIMESTAMP in any unit, INT96, whole numbers (s, ms, µs or ns by their size), and
 * seconds or milliseconds as doubles. A TIMESTAMP that is not adjusted to UTC is taken for UTC. Throws where the column is
 * something else.
 */
export const instantReader = (metadata: FileMetaData): ReadInstant => {
  const element = columnElement(metadata, "timestamp")
  const logical = logicalOf(element)
  if (logical?.startsWith("TIMESTAMP") === true && element.type === "INT64") {
    const units = unitsOf(element)
    return (cell) => floorUnits(cell as bigint, units)
  }
  if (logical === undefined) {
    if (element.type === "INT96") return (cell) => floorUnits(cell as bigint, 1_000_000n)
    if (element.type === "INT64") return (cell) => fromEpochInteger(cell as bigint)
    if (element.type === "INT32" || element.type === "DOUBLE") return (cell) => fromEpoch(cell as number)
  }
  return refuse("timestamps", element, "instants")
}

const decimalOf = (scale: number): ReadNumber => (cell) => {
  const unscaled = cell instanceof Uint8Array
    ? BigInt.asIntN(8 * cell.length, cell.reduce((value, byte) => value * 256n + BigInt(byte), 0n))
    : cell
  // By way of its text a decimal becomes the nearest double; a division or a product may miss it.
  return Number(`${String(unscaled)}e${-scale}`)
}

/** The numbers of the column `value`: any numeric type, booleans, and texts as a source gives them. Throws for others. */
export const numberReader = (metadata: FileMetaData): ReadNumber => {
  const element = columnElement(metadata, "value")
  switch (logicalOf(element)) {
    case "DECIMAL": {
      const scale = element.logical_type?.type === "DECIMAL" ? element.logical_type.scale : element.scale
      return decimalOf(scale ?? 0)
    }
    case "FLOAT16":
      return (cell) => readValue(parseFloat16(cell as Uint8Array))
    case undefined:
      if (element.type === "INT64") {
        return isUnsigned(element) ? (cell) => Number(BigInt.asUintN(64, cell as bigint)) : (cell) => Number(cell)
      }
      if (element.type === "INT32" && isUnsigned(element)) return (cell) => (cell as number) >>> 0
      if (element.type !== "FIXED_LEN_BYTE_ARRAY" && element.type !== "INT96") return readValue
  }
  return refuse("values", element, "numbers")
}
