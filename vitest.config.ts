import { defineConfig } from "vitest/config"

/** Tests that need nothing outside the package; `*.svc.test.ts` need real servers and run by `test:services`. */
export default defineConfig({
  ssr: { resolve: { conditions: ["odradek-source", "module", "node", "import", "default"] } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.svc.test.ts", "node_modules/**", "dist/**"],
    reporters: ["default", "./test/reporter.ts"],
    maxWorkers: 2,
    // What hangs ends by these; no test fails since a machine is slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } }
  }
})
