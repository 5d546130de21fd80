/**
 * Hex of blobs: every byte value both ways, against Node's own `Buffer`, in lower case out and in upper case back.
 */
import { assert, it } from "vitest"
import { bytesFromHex, hexFromBytes } from "../../../src/adapters/cloudflare/hex.ts"

const bytes = Uint8Array.from({ length: 513 }, (_, i) => i)

it("writes the digits that unhex() of D1 takes, of views at any offset", () => {
  for (const view of [bytes, bytes.subarray(3, 70), new Uint8Array(0)]) {
    assert.strictEqual(hexFromBytes(view), Buffer.from(view).toString("hex"))
  }
})

it("reads the digits that hex() of D1 gives", () => {
  for (const view of [bytes, bytes.subarray(3, 70), new Uint8Array(0)]) {
    assert.deepStrictEqual(bytesFromHex(Buffer.from(view).toString("hex").toUpperCase()), view.slice())
  }
})
