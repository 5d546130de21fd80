/** `npm run bench codec [--csv FILE]`: bytes and nanoseconds per sample of the chunk codec, compared with Gorilla. */
import { parseArgs } from "node:util"
import { blocksOfMix, blocksOfRecording, type CodecFigures, measureBlocks } from "./codec/measure.ts"
import { mixA, mixB, SITE_POINTS } from "./mixes.ts"

const { values: options } = parseArgs({ options: { csv: { type: "string" } }, allowPositionals: true })

const show = (name: string, figures: CodecFigures): CodecFigures => {
  console.log(
    `${name.padEnd(10)} ${figures.bytesPerSample.toFixed(3)} B/sample, Gorilla ${
      figures.gorillaBytesPerSample.toFixed(3)
    }; encode ${figures.encodeNs.toFixed(1)} ns, decode ${figures.decodeNs.toFixed(1)} ns; ${figures.samples} samples`
  )
  return figures
}

const a = show("mix A", measureBlocks(blocksOfMix(mixA({ seed: 1, points: SITE_POINTS }))))
const b = show("mix B", measureBlocks(blocksOfMix(mixB({ seed: 1, points: SITE_POINTS }))))
const csv = options.csv === undefined ? undefined : show("recording", measureBlocks(blocksOfRecording(options.csv)))

const round = (value: number, digits: number): number => Number(value.toFixed(digits))
console.log(JSON.stringify({
  codecBytesPerSampleA: round(a.bytesPerSample, 4),
  codecBytesPerSampleB: round(b.bytesPerSample, 4),
  codecVsGorillaB: round(b.bytesPerSample / b.gorillaBytesPerSample, 4),
  codecBytesPerSampleCsv: csv === undefined ? null : round(csv.bytesPerSample, 4),
  codecEncodeNs: round(a.encodeNs, 1),
  codecDecodeNs: round(a.decodeNs, 1),
  codecEncodeNsB: round(b.encodeNs, 1),
  codecDecodeNsB: round(b.decodeNs, 1)
}))
