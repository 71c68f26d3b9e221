import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ScopeModule from "effect/Scope"
import { afterAll, beforeAll, describe, it } from "vitest"
import { CassandraStore } from "../../../adapters/cassandra/index.ts"
import { journalReplicationContract, journalStoreContract } from "../../../core/ports/contract/index.ts"
import type { ContractCase, JournalStoreSubject } from "../../../core/ports/contract/index.ts"
import type { JournalHead, JournalStore, WriteStep } from "../../../core/ports/index.ts"
import { journalKeyspace } from "./Keyspaces.ts"

/** How many segments in a row may be empty. */
const emptySegments = 1000

/** Where journals keep their rows whose heads nobody has read yet. */
interface Variant {
  readonly segmentSize: number
  readonly headSegments: number
}

const noted = <Head extends JournalHead | undefined>(head: Head, layout: string): Head =>
  head === undefined ? head : { layout, ...head }

/** A store in which all heads are in a place of this layout: what a step says of heads is completed with it. */
const laidOut = (store: JournalStore, { headSegments, segmentSize }: Variant): JournalStore => {
  const layout = `${segmentSize}/${headSegments}`
  const placed = (step: WriteStep): WriteStep => {
    switch (step._tag) {
      case "PutEvents":
        return { ...step, head: noted(step.head, layout), previous: noted(step.previous, layout) }
      case "PutHead":
        return { ...step, head: noted(step.head, layout), previous: noted(step.previous, layout) }
      case "RemoveEvents":
        return { ...step, head: noted(step.head, layout) }
      case "RemoveHead":
        return { ...step, previous: noted(step.previous, layout) }
      case "PutPointer":
        return step
    }
  }
  return { ...store, write: (steps) => store.write(steps.map(placed)) }
}

const scope = ScopeModule.makeUnsafe()
let opened: { readonly stores: ReadonlyMap<number, JournalStore> }
let topics = 0

beforeAll(async () => {
  const open = Effect.gen(function* () {
    const place = yield* journalKeyspace
    const stores = new Map<number, JournalStore>()
    for (const segmentSize of [2, 10_000, 2 ** 31 - 1]) {
      stores.set(segmentSize, yield* CassandraStore.open({ ...place, segmentSize }))
    }
    return { stores }
  })
  opened = await Effect.runPromise(ScopeModule.provide(open, scope))
})
afterAll(() => Effect.runPromise(ScopeModule.close(scope, Exit.void)))

const subject = (variant: Variant, wrap: (store: JournalStore) => JournalStore) =>
  Effect.sync((): JournalStoreSubject => ({
    store: wrap(opened.stores.get(variant.segmentSize)!),
    topic: `topic-${topics++}`,
    widestGap: Math.min(Number.MAX_SAFE_INTEGER, emptySegments * variant.segmentSize)
  }))

const run = (cases: ReadonlyArray<ContractCase>): void => {
  for (const each of cases) it(each.name, () => Effect.runPromise(Effect.scoped(each.run)))
}

/** Claims whose gap is wider than 1000 segments of two events. */
const isNarrow = ({ name }: ContractCase): boolean => !name.startsWith("events are read over gaps")

/** A head with a layout has been read, so that events of other times have been looked for already. */
const isReplacing = (name: string): boolean => name.startsWith("an event that is written again replaces")

/** Claims about heads alone, which segments of events do not touch. */
const isAboutEvents = ({ name }: ContractCase): boolean => !/^96\. ids|have expired by a date|pointer/.test(name)

/** Whole journals, but plain ones only from event 5 on and of up to 5 events, which cross a segment of two events. */
const fewShapes: typeof journalReplicationContract = (make) =>
  journalReplicationContract(make).filter(({ name }) => !/ events from (1|10),|: 10 events from /.test(name))

const theWhole = (store: JournalStore): JournalStore => store

describe.concurrent("a store with segments of 10 000 events keeps the contract", () => {
  const make = subject({ segmentSize: 10_000, headSegments: 10_000 }, theWhole)
  run([...journalStoreContract(make), ...fewShapes(make)])
})

describe.concurrent("a store with segments of 2 147 483 647 events keeps the contract", () => {
  const make = subject({ segmentSize: 2 ** 31 - 1, headSegments: 10_000 }, theWhole)
  run([...journalStoreContract(make).filter(isAboutEvents), ...fewShapes(make)])
})

describe.concurrent("99. a store with segments of two events keeps the contract", () => {
  const make = subject({ segmentSize: 2, headSegments: 10_000 }, theWhole)
  run([...journalStoreContract(make).filter(isAboutEvents).filter(isNarrow), ...journalReplicationContract(make)])
})

describe.concurrent("a store whose heads are where old versions put them keeps the contract", () => {
  const variant = { segmentSize: 10_000, headSegments: 100 }
  const make = subject(variant, (store) => laidOut(store, variant))
  run([...journalStoreContract(make).filter(({ name }) => !isReplacing(name)), ...fewShapes(make)])
})
