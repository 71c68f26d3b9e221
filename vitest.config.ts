import { defineConfig } from "vitest/config"

/** Tests that need nothing outside the package; `*.svc.test.ts` need real servers and run by `test:services`. */
export default defineConfig({
  ssr: { resolve: { conditions: ["odradek-source", "module", "node", "import", "default"] } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.svc.test.ts", "node_modules/**", "dist/**"],
    reporters: ["default", "./test/reporter.ts"],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000
  }
})
