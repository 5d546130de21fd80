/**
 * The Worker whose cost `bench/cold.ts` measures: it reads one day of a site as a stream of raw columns, builds the
 * object and sends it away. It has only the code of the format, so that the figures are those of the format.
 */
import { makeBuilder } from "../../src/adapters/parquet/write/day.ts"
import { verifyObject } from "../../src/adapters/parquet/verify/samples.ts"

type Builder = ReturnType<typeof makeBuilder>

const KINDS = new Map<string, (builder: Builder) => Promise<Uint8Array>>([
  ["build", async (builder) => builder.finish().bytes],
  ["verify", async (builder) => {
    const built = builder.finish()
    const mismatch = verifyObject(built)
    if (mismatch !== undefined) throw mismatch
    return built.bytes
  }]
])

/** Reads exact lengths into one buffer: the next read overwrites it. */
const makeReader = (stream: ReadableStream<Uint8Array>) => {
  const source = stream.getReader({ mode: "byob" })
  let buffer = new ArrayBuffer(65_536)
  return async (length: number): Promise<ArrayBuffer | null> => {
    if (length > buffer.byteLength) buffer = new ArrayBuffer(length * 2)
    const { value } = await source.readAtLeast(length, new Uint8Array(buffer, 0, length))
    if (value === undefined || value.length < length) return null
    buffer = value.buffer
    return buffer
  }
}

/**
 * Reads blocks: their length (8 bytes), then for each point the lengths of name and columns (uint32), the name padded
 * to a multiple of 8 bytes, timestamps and values.
 */
const addAll = async (body: ReadableStream<Uint8Array>, builder: Builder): Promise<void> => {
  const read = makeReader(body)
  const decoder = new TextDecoder()
  for (let head = await read(8); head !== null; head = await read(8)) {
    const length = new Uint32Array(head, 0, 1)[0] as number
    const block = await read(length)
    if (block === null) throw new Error("the source ended early")
    for (let at = 0; at < length;) {
      const [nameLength = 0, count = 0] = new Uint32Array(block, at, 2)
      const point = decoder.decode(new Uint8Array(block, at + 8, nameLength))
      at += 8 + Math.ceil(nameLength / 8) * 8
      const complaint = builder.add({
        point,
        timestamps: new Float64Array(block, at, count),
        values: new Float64Array(block, at + count * 8, count)
      })
      if (complaint !== undefined) throw new Error(complaint)
      at += count * 16
    }
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const source = url.searchParams.get("source")
    const finish = KINDS.get(url.pathname.slice(1))
    if (source === null || finish === undefined) return new Response("idle")
    const day = Number(url.searchParams.get("day"))
    const builder = makeBuilder({ site: "bench", day, generation: 1, source: "archival", writtenBy: "bench" })
    const { body } = await fetch(source)
    if (body === null) throw new Error("the source is empty")
    await addAll(body, builder)
    const bytes = await finish(builder)
    await fetch(source, { method: "PUT", body: bytes })
    return Response.json({ size: bytes.length })
  }
}
