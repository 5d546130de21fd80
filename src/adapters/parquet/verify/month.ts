/**
 * Verifies the samples of a month's part.
 */
import { windowOfMonth } from "../../../domain/tiers/months.ts"
import { describePartFooter, type PartName } from "../format/part-description.ts"
import type { SampleObject } from "../write/samples.ts"
import type { Mismatch } from "./mismatch.ts"
import { verifySamples } from "./samples.ts"

/** The first damage of the samples; undefined where there is none. */
export const verifyMonth = (name: PartName, built: SampleObject): Mismatch | undefined =>
  verifySamples({
    ...built,
    site: name.site,
    window: windowOfMonth(name.month),
    describe: describePartFooter("month", name)
  })
