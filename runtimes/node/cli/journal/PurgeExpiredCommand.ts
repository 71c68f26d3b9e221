import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { utcDate, wrongExpiryDate } from "../../../../core/journal/index.ts"
import type { ExpiryOutcome, Journals, KeptReason } from "../../../../core/journal/index.ts"
import type { ExpiringJournal, Payload } from "../../../../core/ports/index.ts"
import { isKeptStore } from "../../OpenStore.ts"
import { sayDone, sayOut } from "../Output.ts"
import { waitingFor, withProgress } from "../Progress.ts"
import type { Doing } from "../Progress.ts"
import { defaults } from "../Settings.ts"
import { UseError } from "../UseError.ts"
import { idLine } from "./IdLine.ts"
import { openExisting } from "./OpenJournals.ts"
import type { JournalInput } from "./OpenJournals.ts"

/** What the command is told; without `onOrBefore` it is about the days that are over. */
export interface PurgeExpiredInput extends JournalInput {
  readonly onOrBefore: string | undefined
  readonly yes: boolean
}

const dayMs = 86_400_000

/** How many journals are looked at and purged at a time. */
const atOnce = 16

const reasons: Readonly<Record<KeptReason, string>> = {
  Gone: "it was purged meanwhile",
  Renewed: "it expires later by now, or no more",
  Unreplicated: "the log has more of it than the store: wait for the replicator"
}

const journalCount = (count: number): string => `${count} journal${count === 1 ? "" : "s"}`

const listed = ({ expireOn, id }: ExpiringJournal, json: boolean): string =>
  json ? JSON.stringify({ id, expireOn }) : `${expireOn}  ${idLine(id)}`

const outcomeLine = (
  { expireOn, id }: ExpiringJournal,
  topic: string,
  outcome: ExpiryOutcome,
  json: boolean
): string => {
  if (outcome._tag === "Purged") {
    const { offset, partition } = outcome.place
    return json
      ? JSON.stringify({ id, expireOn, purged: true, partition, offset })
      : `${expireOn}  ${idLine(id)}  purged by ${topic}-${partition} @ ${offset}`
  }
  return json
    ? JSON.stringify({ id, expireOn, purged: false, why: outcome.why })
    : `${expireOn}  ${idLine(id)}  kept: ${reasons[outcome.why]}`
}

const list = Effect.fnUntraced(function* (
  expired: Stream.Stream<ExpiringJournal, unknown>,
  input: PurgeExpiredInput,
  date: string,
  doing: Doing
) {
  const waiting = waitingFor(`looking for journals of ${input.topic} that have expired by ${date}`)
  let found = 0
  doing(() => `${waiting()}, ${found} found`)
  yield* Stream.runForEach(expired, (journal) => {
    found++
    return sayOut(listed(journal, input.json))
  })
  if (input.json) return
  const advice = found === 0 ? "" : ": purge them with --yes"
  yield* sayOut(`${journalCount(found)} of ${input.topic} expired by ${date}${advice}`)
})

const purge = Effect.fnUntraced(function* (
  journals: Journals<Payload>,
  input: PurgeExpiredInput,
  date: string,
  doing: Doing
) {
  const { json, topic } = input
  const waiting = waitingFor(`purging journals of ${topic} that have expired by ${date}`)
  const counts = { Purged: 0, Kept: 0 }
  doing(() => `${waiting()}, ${counts.Purged} purged`)
  const purging = Stream.mapEffect(
    journals.expired(date),
    (found) => Effect.map(journals.journal(found.id).purgeExpired(date), (outcome) => ({ found, outcome })),
    { concurrency: atOnce }
  )
  yield* Stream.runForEach(purging, ({ found, outcome }) => {
    counts[outcome._tag]++
    return sayDone(
      outcomeLine(found, topic, outcome, json),
      `${journalCount(counts.Purged)} of ${topic} ${counts.Purged === 1 ? "is" : "are"} purged by then and ${counts.Kept} kept, and those that were on their way may be purged, too: see without --yes which are left`
    )
  })
  const all = `${journalCount(counts.Purged)} of ${topic} purged, ${counts.Kept} kept`
  if (!json) yield* sayDone(all, `all is done: ${all}`)
})

/** Purges the journals of a topic that have expired, or lists them where nobody has confirmed that this is meant. */
export const runPurgeExpired = Effect.fnUntraced(function* (input: PurgeExpiredInput) {
  const { json, quiet, settings, yes } = input
  if (!isKeptStore(settings.store ?? defaults.store)) {
    const message = "Name the store that the topic is replicated to with --store: it knows which journals expire."
    return yield* new UseError({ message })
  }
  const now = yield* Clock.currentTimeMillis
  const date = input.onOrBefore ?? utcDate(now - dayMs)
  const wrong = wrongExpiryDate(date, now)
  if (wrong !== undefined) return yield* new UseError({ message: wrong })
  const journals = yield* openExisting(input)
  yield* withProgress({ silent: json || quiet }, (doing) =>
    yes ? purge(journals, input, date, doing) : list(journals.expired(date), input, date, doing)
  )
})
