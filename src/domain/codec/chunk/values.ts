/**
 * The values of a chunk, in whichever encoding is smallest.
 */
import { type BitReader, BitWriter } from "../streams/bits.ts"
import { type Decimals, fromDecimals, POWERS, type Precision, toDecimals } from "../streams/decimal.ts"
import { type Dictionary, toDictionary } from "./dictionary.ts"
import { areSingles, fromSingles, highWords, isConstant, joinWords, lowZeros, toSingles } from "../streams/floats.ts"
import { type IntegerPlan, planIntegers, readIntegers, writeIntegers } from "../streams/integers.ts"
import { RAW_BITS, readRaw, writeRaw } from "./raw.ts"
import { readXor, writeXor } from "./xor.ts"

// Which encoding follows: 3 bits.
const RAW = 0
const CONSTANT = 1
const DECIMAL = 2
const SINGLE_DECIMAL = 3
const SINGLE = 4
const DOUBLE = 5
const XOR = 6
const DICTIONARY = 7

/** One way to write the values. */
interface Candidate {
  readonly kind: number
  /** About how many bits it takes. */
  readonly bits: number
  readonly write: (writer: BitWriter) => void
}

const decimalCandidate = (values: Float64Array, precision: Precision): Candidate | undefined => {
  const decimals = toDecimals(values, precision)
  if (decimals === undefined) return undefined
  const plan = planIntegers(decimals.integers)
  return {
    kind: precision === "double" ? DECIMAL : SINGLE_DECIMAL,
    bits: plan.bits + decimals.exceptions.length * (RAW_BITS + 10),
    write: (writer) => writeDecimals(writer, values, decimals, plan)
  }
}

const writeDecimals = (writer: BitWriter, values: Float64Array, decimals: Decimals, plan: IntegerPlan): void => {
  const { exceptions, exponent } = decimals
  writer.write(exponent, 4)
  writer.write(exceptions.length === 0 ? 0 : 1, 1)
  if (exceptions.length > 0) {
    writer.writeVarint(exceptions.length)
    let last = -1
    for (const at of exceptions) {
      writer.writeVarint(at - last - 1)
      last = at
    }
    writeRaw(writer, Float64Array.from(exceptions, (at) => values[at] as number))
  }
  writeIntegers(writer, plan)
}

const readDecimals = (reader: BitReader, count: number, precision: Precision): Float64Array | undefined => {
  const exponent = reader.read(4)
  const exceptions = reader.read(1) === 1 ? reader.readVarint() : 0
  if (exceptions > count) return undefined
  const positions = new Int32Array(exceptions)
  let at = -1
  for (let i = 0; i < exceptions; i++) {
    at += reader.readVarint() + 1
    if (at >= count) return undefined
    positions[i] = at
  }
  const odd = readRaw(reader, exceptions)
  const integers = new Float64Array(count)
  if (odd === undefined || !readIntegers(reader, integers) || exponent >= POWERS.length) return undefined
  const values = fromDecimals(integers, exponent, precision)
  for (let i = 0; i < exceptions; i++) values[positions[i] as number] = odd[i] as number
  return values
}

const singleCandidate = (values: Float64Array): Candidate => {
  const plan = planIntegers(fromSingles(values))
  return { kind: SINGLE, bits: plan.bits, write: (writer) => writeIntegers(writer, plan) }
}

const doubleCandidate = (values: Float64Array): Candidate => {
  const plan = planIntegers(highWords(values))
  const zeros = lowZeros(values)
  return {
    kind: DOUBLE,
    bits: plan.bits + values.length * (32 - zeros) + 6,
    write: (writer) => {
      writeIntegers(writer, plan)
      writer.write(zeros, 6)
      const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
      if (zeros < 32) {
        for (let i = 0; i < words.length; i += 2) writer.writeWord((words[i] as number) >>> zeros, 32 - zeros)
      }
    }
  }
}

const readDoubles = (reader: BitReader, count: number): Float64Array | undefined => {
  const orders = new Float64Array(count)
  const read = readIntegers(reader, orders)
  const zeros = reader.read(6)
  if (!read || zeros > 32 || reader.left < count * (32 - zeros)) return undefined
  const low = new Int32Array(count)
  if (zeros < 32) for (let i = 0; i < count; i++) low[i] = reader.readWord(32 - zeros) << zeros
  return joinWords(orders, low)
}

// The size of an XOR encoding is estimated from this many values.
const XOR_SAMPLE = 96

const xorCandidate = (values: Float64Array): Candidate => {
  const sample = values.subarray(0, XOR_SAMPLE)
  const trial = new BitWriter(sample.length * 9)
  writeXor(trial, sample)
  return {
    kind: XOR,
    bits: (trial.bits * values.length) / sample.length,
    write: (writer) => writeXor(writer, values)
  }
}

const readXors = (reader: BitReader, count: number): Float64Array | undefined => {
  const values = new Float64Array(count)
  return readXor(reader, values) ? values : undefined
}

// About how many bits an entry takes: neighbours in a sorted list differ only in their low bits.
const ENTRY_BITS = { single: 24, double: 56 } as const

const dictionaryCandidate = (values: Float64Array, precision: Precision): Candidate | undefined => {
  const dictionary = toDictionary(values)
  if (dictionary === undefined) return undefined
  const plan = planIntegers(dictionary.ranks)
  return {
    kind: DICTIONARY,
    bits: plan.bits + dictionary.entries.length * ENTRY_BITS[precision],
    write: (writer) => writeDictionary(writer, dictionary, plan)
  }
}

const writeDictionary = (writer: BitWriter, { entries }: Dictionary, ranks: IntegerPlan): void => {
  writer.writeVarint(entries.length)
  writeValues(writer, entries)
  writeIntegers(writer, ranks)
}

const readDictionary = (reader: BitReader, count: number): Float64Array | undefined => {
  const size = reader.readVarint()
  if (size < 1 || size * 2 > count) return undefined
  const entries = readValues(reader, size)
  const ranks = new Float64Array(count)
  if (entries === undefined || !readIntegers(reader, ranks)) return undefined
  for (let i = 0; i < count; i++) {
    const value = entries[ranks[i] as number]
    if (value === undefined) return undefined
    ranks[i] = value
  }
  return ranks
}

// With more bits than this for a value, other encodings are tried as well as decimals.
const DOUBTFUL_SINGLE = 16
const DOUBTFUL_DOUBLE = 36

/** The encodings that may be the smallest; of equal ones the first is used. */
const candidates = (values: Float64Array): ReadonlyArray<Candidate> => {
  const singles = areSingles(values)
  const decimal = decimalCandidate(values, "double") ?? (singles ? decimalCandidate(values, "single") : undefined)
  if (decimal !== undefined && decimal.bits < values.length * (singles ? DOUBTFUL_SINGLE : DOUBTFUL_DOUBLE)) {
    return [decimal]
  }
  const dictionary = dictionaryCandidate(values, singles ? "single" : "double")
  const binary = singles ? [singleCandidate(values)] : [doubleCandidate(values), xorCandidate(values)]
  return [decimal, dictionary, ...binary].filter((candidate) => candidate !== undefined)
}

/** Writes values in the smallest encoding. */
export const writeValues = (writer: BitWriter, values: Float64Array): void => {
  if (values.length > 1 && isConstant(values)) {
    writer.write(CONSTANT, 3)
    return writeValues(writer, values.subarray(0, 1))
  }
  let best: Candidate = { kind: RAW, bits: values.length * RAW_BITS, write: (to) => writeRaw(to, values) }
  for (const candidate of candidates(values)) if (candidate.bits < best.bits) best = candidate
  writer.write(best.kind, 3)
  best.write(writer)
}

/** Reads `count` values; undefined where the bits are not what an encoder writes. */
export const readValues = (reader: BitReader, count: number): Float64Array | undefined => {
  switch (reader.read(3)) {
    case CONSTANT: {
      const value = count > 1 ? readValues(reader, 1) : undefined
      return value === undefined ? undefined : new Float64Array(count).fill(value[0] as number)
    }
    case DECIMAL:
      return readDecimals(reader, count, "double")
    case SINGLE_DECIMAL:
      return readDecimals(reader, count, "single")
    case SINGLE: {
      const orders = new Float64Array(count)
      return readIntegers(reader, orders) ? toSingles(orders) : undefined
    }
    case DOUBLE:
      return readDoubles(reader, count)
    case XOR:
      return readXors(reader, count)
    case DICTIONARY:
      return readDictionary(reader, count)
    default:
      return readRaw(reader, count)
  }
}
