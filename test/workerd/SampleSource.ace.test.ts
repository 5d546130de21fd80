/** The ACE adapter keeps the laws of `SampleSource` in workerd, too. */
import { aceHarness } from "../conformance/ace-harness.ts"
import { suite } from "../conformance/SampleSource.ts"

suite("ACE in workerd", aceHarness(1_000, { cursors: "buggy" }))
