import type { Reporter, SerializedError, TestModule } from "vitest/node"

/**
 * Closes a run with one line that scripts read: `tests: P passed, F failed`.
 *
 * **Details**
 *
 * A file that could not be loaded and an error outside of any test count as failures too.
 */
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<SerializedError>): void {
    let passed = 0
    let failed = unhandled.length
    for (const module of modules) {
      failed += module.errors().length
      for (const suite of module.children.allSuites()) failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === "passed") passed += 1
        if (state === "failed") failed += 1
      }
    }
    process.stdout.write(`tests: ${passed} passed, ${failed} failed\n`)
  }
}
