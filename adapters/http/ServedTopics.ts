import * as Effect from "effect/Effect"
import { makeJournals, rawPayload } from "../../core/journal/index.ts"
import type { HeadCache, JournalPorts, Journals } from "../../core/journal/index.ts"
import type { CommitLogError, Payload } from "../../core/ports/index.ts"
import { Problem, type ProblemKind } from "./Problem.ts"

/**
 * What the journals of a server are made from: `topics` are those that it serves, all that there are where it is not given;
 * `origin` and `version` go into every record; `storeName` is how messages call the store.
 */
export interface ServedOptions extends JournalPorts {
  readonly heads?: HeadCache
  readonly topics?: ReadonlyArray<string>
  readonly origin?: string
  readonly version?: string
  readonly storeName?: string
}

const kinds: Partial<Record<CommitLogError["reason"], ProblemKind>> = {
  UnknownTopic: "unknown-topic",
  Unauthorized: "log-refused",
  Refused: "log-refused",
  Damaged: "damaged"
}

/** Finds the journals of a topic, which has to be there: one whose name is mistyped is not made. */
export const servedTopics = (
  options: ServedOptions
): ((topic: string) => Effect.Effect<Journals<Payload>, Problem>) => {
  const { topics, ...ports } = options
  const known = new Map<string, Journals<Payload>>()
  return Effect.fnUntraced(function* (topic: string) {
    if (topics !== undefined && !topics.includes(topic)) {
      const message = `The topic "${topic}" is not served here; see which ones are.`
      return yield* new Problem({ kind: "unknown-topic", message, details: { topic } })
    }
    yield* Effect.mapError(ports.log.partitions(topic), (cause) => {
      const kind = kinds[cause.reason] ?? "unavailable"
      const message = kind === "unknown-topic" ? `There is no topic "${topic}"; make it first.` : cause.message
      return new Problem({ kind, message, details: { topic }, cause })
    })
    const journals = known.get(topic) ?? makeJournals({ ...ports, topic, payload: rawPayload })
    known.set(topic, journals)
    return journals
  })
}
