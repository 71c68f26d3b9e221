import type { Reporter, TestModule } from "vitest/node"
import { countLines } from "./Counts.ts"

/** Prints for each server how its tests ended; a file that could not be loaded is a failure. */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const files = modules.map((module) => {
      const ended = [...module.children.allTests()].map((test) => test.result().state)
      const suites = [...module.children.allSuites()].flatMap((suite) => suite.errors())
      return {
        path: module.moduleId,
        passed: ended.filter((state) => state === "passed").length,
        failed: ended.filter((state) => state === "failed").length + module.errors().length + suites.length,
        skipped: ended.filter((state) => state === "skipped").length
      }
    })
    process.stdout.write(
      countLines(files)
        .map((line) => `${line}\n`)
        .join("")
    )
  }
}
