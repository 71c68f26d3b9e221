import { defineConfig } from "vitest/config"

/** Tests against real servers, which two files at a time share: most of their time is waiting. */
export default defineConfig({
  // Not what is made for bundlers ("module"): AWS's packages are not modules that Node can load there.
  ssr: { resolve: { conditions: ["odradek-source", "node", "default"] } },
  test: {
    include: ["test/**/*.svc.test.ts"],
    globalSetup: ["./test/services/GlobalSetup.ts"],
    maxWorkers: 2,
    passWithNoTests: true,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    teardownTimeout: 60_000,
    reporters: ["default", "./test/services/CountsReporter.ts", "./test/reporter.ts"]
  }
})
