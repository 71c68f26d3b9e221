import * as Effect from "effect/Effect"
import { makeJournals, rawPayload } from "../../../../core/journal/index.ts"
import type { JournalsOptions } from "../../../../core/journal/index.ts"
import { isTopicName, wrongTopicName } from "../../../../core/log/index.ts"
import { JournalStoreError } from "../../../../core/ports/index.ts"
import type { Payload } from "../../../../core/ports/index.ts"
import { openLog } from "../../OpenLog.ts"
import { openStore } from "../../OpenStore.ts"
import { shownAddress } from "../../ShownAddress.ts"
import { clusterOf } from "../Cluster.ts"
import type { journalSettings, SettingsOf } from "../CommandSettings.ts"
import { defaults } from "../Settings.ts"
import { shellWord } from "../ShellWord.ts"
import { UseError } from "../UseError.ts"
import { packageVersion } from "../Version.ts"

/** What every journal command is told. */
export interface JournalInput {
  readonly settings: SettingsOf<typeof journalSettings>
  readonly topic: string
  readonly json: boolean
  readonly quiet: boolean
}

/** What a command about one journal is told. */
export interface EntityInput extends JournalInput {
  readonly id: string
}

/** The command that starts a replicator of a topic to a store. */
export const replicatorCommandFor = (topic: string, store: string): string =>
  `odradek replicator --topics ${topic} --store ${shellWord(shownAddress(store))}`

/** Says beside what a replicator has to do how one is started. */
const withReplicator = <E>(error: E, topic: string, store: string): E | JournalStoreError => {
  if (!(error instanceof JournalStoreError)) return error
  const command = replicatorCommandFor(topic, store)
  const message = error.message.replace(/let a replicator [a-z]+ (?:it|them)/, (todo) => `${todo} (\`${command}\`)`)
  return new JournalStoreError({ ...error, message })
}

/** Opens the log to append to, and the store to read: only replicators write there, so that one which is not there is mistyped. */
const openPorts = Effect.fnUntraced(function* ({ settings, topic }: JournalInput) {
  if (!isTopicName(topic)) return yield* new UseError({ message: wrongTopicName(topic) })
  const { client = defaults.client, compression = defaults.compression, store = defaults.store } = settings
  const log = yield* openLog({ ...(yield* clusterOf(settings)), client, compression })
  const opened = Effect.mapError(openStore(store, { readOnly: true }), (error) => withReplicator(error, topic, store))
  return { log, store: yield* opened }
})

const journalsOf = ({ settings, topic }: JournalInput, ports: Pick<JournalsOptions<Payload>, "log" | "store">) =>
  makeJournals({
    ...ports,
    topic,
    payload: rawPayload,
    origin: "odradek",
    version: packageVersion(),
    storeName: shownAddress(settings.store ?? defaults.store)
  })

/** Opens the journals of a topic for the command line: payloads stay as they are. */
export const openJournals = (input: JournalInput) => Effect.map(openPorts(input), (ports) => journalsOf(input, ports))

/** Opens the journals of a topic that has to be there: where it is not, its name may be mistyped. */
export const openExisting = Effect.fnUntraced(function* (input: JournalInput) {
  const ports = yield* openPorts(input)
  yield* ports.log.partitions(input.topic)
  return journalsOf(input, ports)
})
