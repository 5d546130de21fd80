/**
 * Proves how the flags of `npm start` are read, by reading some.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { readOptions } from "../../../src/apps/local/options.ts"

it.effect("reads the flags, and leaves out of the world what no flag says", () =>
  Effect.gen(function*() {
    const origins = "http://localhost:3000,http://localhost:5173"
    assert.deepStrictEqual(yield* readOptions([]), {
      world: {},
      port: 8787,
      origins,
      fresh: false,
      once: false,
      help: false
    })
    const flags = "--points 12 --sites=2 --days 3 --seed 0 --port 9000 --origins http://a:1 --fresh --once".split(" ")
    assert.deepStrictEqual(yield* readOptions(flags), {
      world: { points: 12, sites: 2, days: 3, seed: 0 },
      port: 9000,
      origins: "http://a:1",
      fresh: true,
      once: true,
      help: false
    })
  }))

it.effect("refuses bad values and unknown flags, naming them", () =>
  Effect.gen(function*() {
    const refused: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [["--points", "0"], /--points: expected a whole number from 1 to 5000, not "0"/],
      [["--points", "5001"], /--points/],
      [["--points", "1.5"], /--points/],
      [["--points", "many"], /not "many"/],
      [["--points="], /not ""/],
      [["--sites", "21"], /--sites/],
      [["--days", "367"], /--days/],
      [["--days=-1"], /--days/],
      [["--seed", "1e3"], /--seed/],
      [["--port", "80"], /--port: expected a whole number from 1024 to 65531/],
      [["--port", "65532"], /--port/],
      [["--point", "5"], /'--point'/],
      [["--once=yes"], /--once/],
      [["40"], /40/]
    ]
    for (const [flags, message] of refused) {
      const error = yield* Effect.flip(readOptions(flags))
      assert.match(error.message, message, flags.join(" "))
    }
  }))
