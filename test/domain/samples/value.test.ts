/**
 * Values of a source: every spelling that is met in practice, and those that JavaScript alone would misread.
 */
import { assert, it } from "@effect/vitest"
import { readValue } from "../../../src/domain/samples/value.ts"

it("reads values of every type a source uses, and says why it does not", () => {
  const cases: ReadonlyArray<readonly [unknown, number | string]> = [
    ["71.0", 71],
    ["-24.8571", -24.8571],
    ["1.6100000143051147", 1.6100000143051147],
    ["-0.0", -0],
    ["1e-05", 1e-5],
    [" 4.5 ", 4.5],
    [".5", 0.5],
    ["5e-324", 5e-324],
    [21.5, 21.5],
    [true, 1],
    [false, 0],
    ["true", 1],
    ["False", 0],
    [null, "null"],
    [undefined, "null"],
    ["null", "null"],
    ["NaN", "nan"],
    [NaN, "nan"],
    ["Infinity", "infinite"],
    ["-inf", "infinite"],
    ["1e999", "infinite"],
    [-Infinity, "infinite"],
    ["", "text"],
    ["   ", "text"],
    ["0x10", "text"],
    ["0b1", "text"],
    ["active", "text"],
    ["12 kW", "text"],
    ["constructor", "text"],
    [[5], "text"],
    [{}, "text"]
  ]
  for (const [input, expected] of cases) {
    assert.isTrue(Object.is(readValue(input), expected), `${String(input)} gave ${readValue(input)}`)
  }
})
