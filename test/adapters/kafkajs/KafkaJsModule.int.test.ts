import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { expect, it } from "vitest"

const root = join(import.meta.dirname, "../../..")

it("Node itself, whose view of a CommonJS module is narrower than a bundler's, finds all that is used of kafkajs", () => {
  const program = `
    import { runPromise } from "effect/Effect"
    import { loadKafkaJs } from "./adapters/kafkajs/KafkaJsModule.ts"
    const { Kafka, KafkaJSNonRetriableError, logLevel } = await runPromise(loadKafkaJs)
    console.log(typeof Kafka, new KafkaJSNonRetriableError("said").message, logLevel.INFO)
  `
  const args = ["--conditions=odradek-source", "--input-type=module-typescript", "--eval", program]
  const ended = spawnSync(join(root, "node_modules/.bin/node"), args, { cwd: root, encoding: "utf8", timeout: 100_000 })
  expect({ stdout: ended.stdout, stderr: ended.stderr }).toEqual({ stdout: "function said 4\n", stderr: "" })
})
