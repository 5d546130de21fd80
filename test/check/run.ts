/** Proves that the linter's rules bite: each planted violation is caught, and what is allowed passes. */
import { layers } from "./layers.ts"
import { misjudged } from "./plant.ts"
import { style } from "./style.ts"

const plants = [...layers, ...style]
const wrong = misjudged(plants)
if (wrong.length > 0) {
  process.stderr.write(`The linter's rules do not hold:\n${wrong.join("\n")}\n`)
  process.exitCode = 1
} else process.stdout.write(`${plants.length} planted imports, uses and files judged as they should be\n`)
