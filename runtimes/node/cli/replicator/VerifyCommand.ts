import { hostname } from "node:os"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { comparedFields } from "../../../../core/journal/index.ts"
import { openLog } from "../../OpenLog.ts"
import { keptStoreAddresses, openStore } from "../../OpenStore.ts"
import { clusterOf } from "../Cluster.ts"
import type { SettingsOf, storeSettings } from "../CommandSettings.ts"
import { counted } from "../doctor/Words.ts"
import { withProgress } from "../Progress.ts"
import { UseError } from "../UseError.ts"
import { compareTopics } from "./Compare.ts"

/** What `odradek replicator verify` is told beside its settings. */
export interface VerifyInput {
  readonly partition: number | undefined
  readonly from: number | undefined
  readonly to: number | undefined
  readonly within: number | undefined
  readonly ignore: string | undefined
  readonly requestsAtOnce: number | undefined
  readonly json: boolean
  readonly quiet: boolean
}

/** A comparison that took too long. */
export class OutOfTime extends Data.TaggedError("OutOfTime")<{ readonly message: string }> {}

const wrongUse = (input: VerifyInput, topics: number): string | undefined => {
  const { from, partition, requestsAtOnce, to, within } = input
  for (const [flag, number] of Object.entries({ "--partition": partition, "--from": from, "--to": to })) {
    if (number !== undefined && !(number >= 0)) return `${flag} is ${number}: give a whole number from 0.`
  }
  for (const [flag, number] of Object.entries({ "--within": within, "--requests-at-once": requestsAtOnce })) {
    if (number !== undefined && !(number >= 1)) return `${flag} is ${number}: give a whole number from 1.`
  }
  if (partition !== undefined && topics > 1) return "A partition is one topic's: name one topic with --topics T."
  if ((from !== undefined || to !== undefined) && partition === undefined)
    return "Offsets are a partition's: name it with --partition N."
  if (from !== undefined && to !== undefined && to < from)
    return `--from is ${from} and --to is ${to}: give a --to that is not below --from.`
  return undefined
}

/** Compares a store with the log, and fails when the two differ. */
export const runVerify = Effect.fnUntraced(function* (settings: SettingsOf<typeof storeSettings>, input: VerifyInput) {
  const { store: address, topics } = settings
  if (topics === undefined) {
    return yield* new UseError({ message: "There is nothing to compare: name topics with --topics T[,T2]." })
  }
  if (address === undefined) {
    return yield* new UseError({
      message: `There is no store to compare the log with: give --store ${keptStoreAddresses}.`
    })
  }
  const wrong = wrongUse(input, topics.length)
  if (wrong !== undefined) return yield* new UseError({ message: wrong })
  const { from, ignore, json, partition, quiet, requestsAtOnce, to, within } = input
  const ignored = ignore?.split(",").map((field) => field.trim()) ?? []
  const unknown = ignored.find((field) => !comparedFields.has(field))
  if (unknown !== undefined) {
    const message = `"${unknown}" in --ignore is no field: give some of ${[...comparedFields].join(", ")}.`
    return yield* new UseError({ message })
  }
  const cluster = yield* clusterOf(settings)
  const compare = withProgress({ silent: json || quiet }, (doing) =>
    Effect.scoped(
      Effect.gen(function* () {
        const log = yield* openLog({ ...cluster, clientId: `replicator-${hostname()}` })
        const store = yield* openStore(address, { readOnly: true })
        return yield* compareTopics({
          log,
          store,
          topics,
          json,
          doing,
          ignored,
          ...(partition === undefined ? {} : { partition }),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
          ...(requestsAtOnce === undefined ? {} : { requestsAtOnce })
        })
      })
    )
  )
  if (within === undefined) return yield* compare
  const message = `The comparison was not done within ${counted(within, "second")}: give it more, or less to do with --partition, --from and --to.`
  return yield* Effect.timeoutOrElse(compare, {
    duration: within * 1000,
    orElse: () => Effect.fail(new OutOfTime({ message }))
  })
})
