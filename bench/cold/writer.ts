/**
 * The Worker whose cost `bench/cold.ts` measures: it reads one site-day as a stream of raw columns from outside, builds
 * the object, and sends it outside. Only the format is in it, so that the figures are the format's.
 */
import { type Builder, makeBuilder } from "../../src/adapters/parquet/build.ts"
import { verifyObject } from "../../src/adapters/parquet/verify.ts"

const KINDS = new Map<string, (builder: Builder) => Promise<Uint8Array>>([
  ["build", async (builder) => builder.finish().bytes],
  ["verify", async (builder) => {
    const built = builder.finish()
    const complaint = verifyObject(built)
    if (complaint !== undefined) throw new Error(complaint)
    return built.bytes
  }]
])

/** Reads exact amounts from a stream whose chunks are cut anywhere. */
const makeReader = (stream: ReadableStream<Uint8Array>) => {
  const source = stream.getReader()
  let chunk = new Uint8Array(0)
  let at = 0
  return async (length: number): Promise<Uint8Array | null> => {
    const out = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      if (at === chunk.length) {
        const next = await source.read()
        if (next.done) return null
        chunk = new Uint8Array(next.value)
        at = 0
      }
      const part = chunk.subarray(at, at + length - filled)
      out.set(part, filled)
      at += part.length
      filled += part.length
    }
    return out
  }
}

/** One point: name length and sample count (uint32), name, timestamps, values. */
const addAll = async (body: ReadableStream<Uint8Array>, builder: Builder): Promise<void> => {
  const read = makeReader(body)
  for (let head = await read(8); head !== null; head = await read(8)) {
    const [nameLength = 0, count = 0] = new Uint32Array(head.buffer)
    const name = await read(nameLength)
    const columns = await read(count * 16)
    if (name === null || columns === null) throw new Error("the source was cut")
    const complaint = builder.add({
      point: new TextDecoder().decode(name),
      timestamps: new Float64Array(columns.buffer, 0, count),
      values: new Float64Array(columns.buffer, count * 8, count)
    })
    if (complaint !== undefined) throw new Error(complaint)
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const source = url.searchParams.get("source")
    const finish = KINDS.get(url.pathname.slice(1))
    if (source === null || finish === undefined) return new Response("idle")
    const day = Number(url.searchParams.get("day"))
    const builder = makeBuilder({ site: "bench", day, generation: 1, source: "archival", run: "bench" })
    const { body } = await fetch(source)
    if (body === null) throw new Error("the source is empty")
    await addAll(body, builder)
    const bytes = await finish(builder)
    await fetch(source, { method: "PUT", body: bytes })
    return Response.json({ size: bytes.length })
  }
}
