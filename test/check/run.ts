/**
 * Checks what the linter does not: sizes of lines, files and folders. Then proves that every rule bites: each planted
 * violation is caught, and what is allowed passes.
 */
import { layers } from "./layers.ts"
import { misjudged } from "./plant.ts"
import { medianLines, misjudgedSizes, oversized, projectFiles } from "./sizes.ts"
import { style } from "./style.ts"

const files = projectFiles()
const tooLarge = oversized(files)
const plants = [...layers, ...style]
const wrong = [...misjudged(plants), ...misjudgedSizes()]

if (tooLarge.length > 0) process.stderr.write(`${tooLarge.join("\n")}\n`)
if (wrong.length > 0) process.stderr.write(`The rules do not hold:\n${wrong.join("\n")}\n`)
if (tooLarge.length + wrong.length > 0) process.exitCode = 1
else {
  process.stdout.write(
    `${plants.length} planted imports, uses and files judged as they should be; ` +
      `the median source file has ${medianLines(files)} lines\n`
  )
}
