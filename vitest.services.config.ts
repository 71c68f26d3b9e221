import { defineConfig } from "vitest/config"

/** Tests against real servers, which the tests start themselves; one file at a time, so that ports and memory suffice. */
export default defineConfig({
  ssr: { resolve: { conditions: ["odradek-source", "module", "node", "import", "default"] } },
  test: {
    include: ["test/**/*.svc.test.ts"],
    fileParallelism: false,
    passWithNoTests: true,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ["default", "./test/reporter.ts"]
  }
})
