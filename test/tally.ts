/** Ends a test run with one plain line, `N passed, N failed`, for readers that are programs. */
import type { Reporter, TestModule } from "vitest/node"

export default class Tally implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<unknown>): void {
    let passed = 0
    let failed = unhandled.length
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === "passed") passed++
        else if (state === "failed") failed++
      }
      // A file that could not be loaded has no tests, but is a failure all the same.
      failed += module.errors().length
    }
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
  }
}
