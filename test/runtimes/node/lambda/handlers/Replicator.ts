import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { DynamoDbStore } from "../../../../../adapters/dynamodb/index.ts"
import type { KafkaEvent } from "../../../../../core/lambda/index.ts"
import { makePrng } from "../../../../../core/simulation/index.ts"
import { makeReplicatorHandler } from "../../../../../runtimes/lambda/index.ts"
import type { LambdaContext } from "../../../../../runtimes/lambda/index.ts"

const { ENDPOINT = "", MEMORY = "", REGION = "", SEED = "", TABLE = "" } = process.env

const replicate = makeReplicatorHandler({
  store: DynamoDbStore.open({ endpoint: ENDPOINT, region: REGION, table: TABLE }),
  write: () => undefined
})

const count = (): number => (existsSync(MEMORY) ? readFileSync(MEMORY, "utf8").split("\n").length : 0)

/** The event without the later records of each partition, and where these begin. */
const beginningOf = (event: KafkaEvent) => {
  const cut = Object.entries(event.records).map(([name, records]) => ({
    name,
    kept: records.slice(0, Math.ceil(records.length / 2)),
    next: records[Math.ceil(records.length / 2)]
  }))
  return {
    event: { ...event, records: Object.fromEntries(cut.map(({ kept, name }) => [name, kept])) },
    left: cut.flatMap(({ name, next }) =>
      next === undefined ? [] : [{ itemIdentifier: { partition: name, offset: next.offset } }]
    )
  }
}

/**
 * Replicates, but for what a seed draws: it is killed at some moment, never ends, throws when everything is done, does only the
 * first half, or tells nobody that it has done all.
 */
export const handler = async (event: KafkaEvent, context: LambdaContext): Promise<unknown> => {
  const random = makePrng(Number(SEED) + count() * 7919)
  const fate = random.below(10)
  appendFileSync(
    MEMORY,
    `${["killed", "killed", "killed", "killed late", "spins", "throws", "half"][fate] ?? "well"}\n`
  )
  if (fate < 3) setTimeout(() => process.kill(process.pid, "SIGKILL"), random.below(60))
  if (fate === 3) setTimeout(() => process.kill(process.pid, "SIGKILL"), random.below(300))
  if (fate === 4) {
    setTimeout(() => {
      while (true) continue
    }, random.below(60))
  }
  if (fate === 6) {
    const half = beginningOf(event)
    const { batchItemFailures } = await replicate(half.event, context)
    return { batchItemFailures: [...batchItemFailures, ...half.left] }
  }
  const answer = await replicate(event, context)
  if (fate === 5) throw new Error("It is done, and nobody is told.")
  return answer
}
