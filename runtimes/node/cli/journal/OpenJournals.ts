import * as Effect from "effect/Effect"
import { makeJournals, rawPayload } from "../../../../core/journal/index.ts"
import { openLog } from "../../OpenLog.ts"
import { openStore } from "../../OpenStore.ts"
import type { journalSettings, SettingsOf } from "../CommandSettings.ts"
import { defaults } from "../Settings.ts"
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

/** Opens the journals of a topic for the command line: payloads stay as they are. */
export const openJournals = Effect.fnUntraced(function* ({ settings, topic }: JournalInput) {
  const { brokers = defaults.brokers, store = defaults.store } = settings
  const ports = { log: yield* openLog({ brokers }), store: yield* openStore(store) }
  return makeJournals({ ...ports, topic, payload: rawPayload, origin: "odradek", version: packageVersion() })
})
