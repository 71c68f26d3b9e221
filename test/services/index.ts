import { stateFile } from "./Folder.ts"
import { isAlive } from "./ProcessId.ts"
import type { ServiceName, Services } from "./Service.ts"
import { readState } from "./State.ts"

export type { CassandraService, DynamoDbService, KafkaService, Login, PostgresService, Services } from "./Service.ts"

/**
 * Where a running server is, and who is let in.
 *
 * **Details**
 *
 * Throws one sentence where the server does not run. Servers are shared by all tests, and are started with nothing in
 * them: a test names its topics, tables, keyspaces and databases so that no other test has the same.
 *
 * **Example**
 *
 * ```ts
 * const { address } = service("kafka")
 * ```
 */
export const service = <Name extends ServiceName>(name: Name): Services[Name] => {
  const started = readState(stateFile)[name]
  if (started?.ready === true && isAlive(started.process)) return started.service
  throw new Error(`${name} is not running: npm run services -- start ${name}`)
}
