import * as Effect from "effect/Effect"
import type { EventRecord, EventsRequest } from "../../core/ports/index.ts"
import { journalName } from "../../core/store/index.ts"
import { corrupt, decoding } from "./Decoding.ts"
import type { RequestFailure } from "./DynamoDbError.ts"
import { EventCollector } from "./EventItems.ts"
import type { Found } from "./EventItems.ts"
import type { ItemReads } from "./ItemReads.ts"
import type { ItemKey } from "./Keys.ts"
import { eventRange, eventsOf } from "./Keys.ts"

/** Adds an event; of two of one number, which only a journal without a head can have, the later in the log stays. */
const addEvent = (events: Array<EventRecord>, event: EventRecord): void => {
  const last = events.at(-1)
  if (last?.seqNr !== event.seqNr) events.push(event)
  else if (last.offset <= event.offset) events[events.length - 1] = event
}

/**
 * Reads events in the order of their numbers, of one incarnation where one is given.
 *
 * **Details**
 *
 * An event whose first part was read while its other parts were being removed is passed over, as one that was removed
 * before; where the first part is still there, the others are lost and the event is corrupt.
 */
export const readEvents = (
  requests: ItemReads,
  { from, key, limit, to }: EventsRequest,
  incarnation: string | undefined
): Effect.Effect<ReadonlyArray<EventRecord>, RequestFailure> =>
  Effect.gen(function* () {
    const events: Array<EventRecord> = []
    if (from > to || limit <= 0) return events
    const pk = eventsOf(key)
    const [first, last] = eventRange(from, to)
    const collector = new EventCollector(incarnation)

    const take = Effect.fnUntraced(function* (found: ReadonlyArray<Found>) {
      for (const each of found) {
        if (each._tag === "Event") addEvent(events, each.event)
        else if ((yield* requests.get("events", { pk, sk: each.sk })) !== undefined) {
          const what = `Event ${each.seqNr} of ${journalName(key)}`
          return yield* Effect.fail(corrupt("events", what, new TypeError("parts of it are missing")))
        }
      }
    })

    let after: ItemKey | undefined
    do {
      const page = yield* requests.page("events", {
        pk,
        range: "sk BETWEEN :first AND :last",
        values: { ":first": { S: first }, ":last": { S: last } },
        limit: Math.max(1, limit - events.length),
        after
      })
      const what = `An event of ${journalName(key)}`
      yield* take(yield* decoding("events", what, () => collector.add(page.items)))
      after = page.next
    } while (after !== undefined && (events.length < limit || collector.isWaiting))
    yield* take(collector.end())
    return events.length > limit ? events.slice(0, limit) : events
  })
