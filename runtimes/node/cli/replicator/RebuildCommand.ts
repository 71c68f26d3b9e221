import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import { rebuild } from "../../../../core/journal/index.ts"
import type { RebuildProgress, RebuiltPartition } from "../../../../core/journal/index.ts"
import { openLog } from "../../OpenLog.ts"
import { checkStoreAddress, isKeptStore, keptStoreAddresses, openStore } from "../../OpenStore.ts"
import { fromStorePasswordName, storePasswordName } from "../../StorePassword.ts"
import { clusterOf } from "../Cluster.ts"
import type { SettingsOf, storeSettings } from "../CommandSettings.ts"
import { sayOut } from "../Output.ts"
import { type Doing, makeRate, withProgress } from "../Progress.ts"
import { UseError } from "../UseError.ts"
import { compareTopics } from "./Compare.ts"

/** What `odradek replicator rebuild` is told beside its settings. */
export interface RebuildInput {
  readonly fromStore: string | undefined
  readonly requestsAtOnce: number | undefined
  readonly unverified: boolean
  readonly json: boolean
  readonly quiet: boolean
}

const fromPassword = [fromStorePasswordName, storePasswordName] as const

/** What a person is told of a partition that was rebuilt. */
export const rebuiltText = ({ from, partition, pointer, topic }: RebuiltPartition): string => {
  if (pointer === undefined) return `${topic}-${partition}: nothing was replicated, as the log has nothing of it`
  const old = from === undefined ? "" : `, the old one up to ${from}`
  return `${topic}-${partition}: the new store has everything up to offset ${pointer}${old}`
}

/** Shows how far it is, and gives what takes note of that. */
const showing = (doing: Doing) => {
  const [offsets, rate] = [new Map<string, { readonly at: number; readonly of: number }>(), makeRate()]
  const sum = (field: "at" | "of"): number => [...offsets.values()].reduce((total, one) => total + one[field], 0)
  return (progress: RebuildProgress): void => {
    if (progress._tag === "Copied") {
      const { journals, topic } = progress
      return doing(() => `${journals} journals of ${topic} copied`)
    }
    const { nextOffset, of, partition, topic } = progress
    offsets.set(`${topic}-${partition}`, { at: Math.min(nextOffset, of), of })
    doing(() => `${sum("at")} of ${sum("of")} records replicated, ${rate(sum("at"))}`)
  }
}

/** Fills a new store, and says from where on it can take the place of the old one. */
export const runRebuild = Effect.fnUntraced(function* (
  settings: SettingsOf<typeof storeSettings>,
  input: RebuildInput
) {
  const { store: address, topics } = settings
  const { fromStore, json, quiet, requestsAtOnce, unverified } = input
  if (topics === undefined) {
    return yield* new UseError({ message: "There is nothing to fill a store with: name topics with --topics T[,T2]." })
  }
  if (address === undefined || !isKeptStore(address)) {
    return yield* new UseError({
      message: `There is no store to fill: give the new one with --store ${keptStoreAddresses}.`
    })
  }
  if (fromStore === address) {
    return yield* new UseError({ message: `--store and --from-store are both ${address}: give a new store to fill.` })
  }
  if (requestsAtOnce !== undefined && !(requestsAtOnce >= 1)) {
    const message = `--requests-at-once is ${requestsAtOnce}: give a whole number from 1.`
    return yield* new UseError({ message })
  }
  const wrong = fromStore === undefined ? undefined : checkStoreAddress(fromStore)
  if (wrong !== undefined) return yield* wrong
  const cluster = yield* clusterOf(settings)
  const bounded = requestsAtOnce === undefined ? {} : { requestsAtOnce }
  yield* withProgress({ silent: json || quiet }, (doing) =>
    Effect.scoped(
      Effect.gen(function* () {
        const log = yield* openLog({ ...cluster, clientId: `replicator-${hostname()}` })
        for (const topic of topics) yield* log.partitions(topic)
        const from =
          fromStore === undefined
            ? {}
            : { from: yield* openStore(fromStore, { readOnly: true, passwordIn: fromPassword }) }
        const store = yield* openStore(address)
        const rebuilt = yield* rebuild({ log, store, topics, ...from, ...bounded, onProgress: showing(doing) })
        if (!unverified) yield* compareTopics({ log, store, topics, json, doing, ...bounded })
        for (const one of rebuilt) {
          yield* sayOut(json ? JSON.stringify({ type: "rebuilt", ...one }) : rebuiltText(one))
        }
      })
    )
  )
})
