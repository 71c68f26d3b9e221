import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { Faults } from "./Faults.ts"
import type { Story, Trouble } from "./Story.ts"
import { until } from "./Until.ts"

type Look = Effect.Effect<void, Trouble>

/** The offset that the pointer of the first partition has to come to, for all that is in the log now to be in the store. */
const goalOf = (story: Story) => Effect.map(story.admin.end(0), (end) => end - 1)

const isThere = (story: Story, goal: number) =>
  Effect.map(story.store.pointer(story.topic, 0), (pointer) => (pointer ?? -1) >= goal)

/**
 * Lets a replicator make one write after the other until the store has what the log has now, and looks before it begins,
 * while each of them is held, and at the end. It gives how many there were.
 */
export const stepwise = (story: Story, look: Look): Effect.Effect<number, Trouble, Scope> =>
  Effect.gen(function* () {
    const goal = yield* goalOf(story)
    const faults = new Faults()
    let gate = faults.holdBefore("write")
    yield* look
    const replica = yield* story.replicator(faults)
    for (let writes = 1; ; writes++) {
      yield* gate.reached
      yield* look
      const held = gate
      gate = faults.holdBefore("write")
      const next = gate
      yield* held.release
      // What was looked at has left marks, so that another write is always to come.
      yield* next.reached
      if (yield* isThere(story, goal)) {
        yield* look
        yield* replica.kill
        return writes
      }
    }
  })

/**
 * Kills one replicator after the other until the store has what the log has now: the first one after its first write, before
 * anybody knows of it, the second after its second, and so on; it looks after each. It gives how many there were.
 */
export const killing = (story: Story, look: Look): Effect.Effect<number, Trouble, Scope> =>
  Effect.gen(function* () {
    const goal = yield* goalOf(story)
    for (let kills = 0; ; kills++) {
      if (yield* isThere(story, goal)) return kills
      const faults = new Faults()
      const gate = faults.holdAfter("write", { skip: kills })
      const replica = yield* story.replicator(faults)
      const done = until("the replicator is done or held", isThere(story, goal))
      yield* Effect.raceFirst(gate.reached, done)
      yield* replica.kill
      yield* look
    }
  })
