/** The ACE adapter keeps the laws of `SampleSource`, over every kind of cursor that the simulator can serve. */
import { aceHarness } from "./ace-harness.ts"
import { suite } from "./SampleSource.ts"

suite("ACE with its cursor bug", aceHarness(100, { cursors: "buggy" }))
suite("ACE without the bug, end included", aceHarness(1_000, { cursors: "correct", endInclusive: true }))
suite("ACE with opaque cursors", aceHarness(500, { cursors: "opaque" }))
