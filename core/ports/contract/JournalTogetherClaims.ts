import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { ContractCase } from "./ContractCase.ts"
import { expectEqual } from "./ContractViolation.ts"
import {
  events,
  head,
  putEvents,
  putHead,
  putPointer,
  removeEvents,
  removeHead,
  someIds
} from "./JournalStoreSamples.ts"
import { claimOf, headOf, read } from "./JournalStoreSubject.ts"
import type { JournalStoreSubject } from "./JournalStoreSubject.ts"

/** More journals than a store may write or ask for in one request. */
const manyIds = Array.from({ length: 130 }, (_, at) => `journal ${at}`)

/** The claims about journals that are written together, and whose heads are read together. */
export const togetherClaims = <E>(make: Effect.Effect<JournalStoreSubject, E, Scope>): ReadonlyArray<ContractCase> => {
  const claim = claimOf(make)
  return [
    claim(
      "heads that are asked for together are those of each journal, and none where there is none",
      Effect.fnUntraced(function* (store, { topic }) {
        const keys = someIds.map((id) => ({ topic, id }))
        yield* expectEqual("the heads before", [...(yield* store.heads(topic, someIds))], [])
        yield* store.write(keys.map((key, at) => putHead(key, head(at + 1))))
        yield* store.write([putHead({ topic: `${topic}-other`, id: "elsewhere" }, head(1))])
        const asked = ["nobody", ...manyIds, ...someIds.toReversed(), "elsewhere"]
        const heads = yield* store.heads(topic, asked)
        yield* expectEqual("the number of heads", heads.size, someIds.length)
        for (const key of keys) yield* expectEqual(key.id, heads.get(key.id), yield* store.head(key))
        yield* expectEqual("the heads of none", [...(yield* store.heads(topic, []))], [])
      })
    ),
    claim(
      "a purged journal's head is not among heads that are asked for together",
      Effect.fnUntraced(function* (store, key) {
        const other = { ...key, id: "other" }
        yield* store.write([putHead(key, head(1)), putHead(other, head(2))])
        yield* store.write([removeHead(key, head(1))])
        const heads = yield* store.heads(key.topic, [key.id, other.id])
        yield* expectEqual("the journals that have a head", [...heads.keys()], [other.id])
      })
    ),
    claim(
      "what is written of many journals together is done for each of them",
      Effect.fnUntraced(function* (store, { topic }) {
        const keys = manyIds.map((id) => ({ topic, id }))
        const first = head(3)
        const later = head(3, { deleteTo: 1 })
        yield* store.write(keys.map((key) => putEvents(key, events(1, 3), first)))
        yield* store.write(keys.map((key) => putHead(key, first)))
        yield* store.write([putPointer(topic, 3, 3)])
        yield* store.write(keys.map((key) => putHead(key, later, first)))
        yield* store.write(keys.map((key, at) => removeEvents(key, 1, at % 2 === 0 ? 1 : 0)))
        yield* store.write(keys.flatMap((key, at) => (at % 3 === 0 ? [removeHead(key, later)] : [])))
        for (const [at, key] of keys.entries()) {
          if (at % 10 > 3) continue
          const isGone = at % 3 === 0
          yield* expectEqual(`the head of ${key.id}`, yield* headOf(store, key), isGone ? undefined : later)
          if (!isGone && at % 2 === 0) {
            yield* expectEqual(`the events of ${key.id}`, yield* read(store, key), events(2, 3))
          }
        }
      })
    ),
    claim(
      "the steps of one journal are carried out in their order, whatever of others is between them",
      Effect.fnUntraced(function* (store, key) {
        const other = { ...key, id: "other" }
        const [first, emptied, next] = [head(2), head(2, { deleteTo: 2 }), head(5, { recordId: "next" })]
        yield* store.write([putEvents(key, events(1, 2), first), putEvents(other, events(1, 1), head(1))])
        yield* store.write([
          putHead(key, first),
          putHead(other, head(1)),
          putHead(key, emptied, first),
          { _tag: "RemoveEvents", key, head: emptied, from: 1, to: 2 },
          removeHead(key, emptied),
          putEvents(key, events(4, 5), next),
          putEvents(other, events(2, 2), head(2), head(1)),
          putHead(other, head(2), head(1)),
          putHead(key, next)
        ])
        yield* expectEqual("the head", yield* headOf(store, key), next)
        yield* expectEqual("the events", yield* read(store, key), events(4, 5))
        yield* expectEqual("the other's events", yield* read(store, other), events(1, 2))
      })
    )
  ]
}
