import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { MemoryGroup } from "../../../../adapters/memory/index.ts"
import {
  consumerGroupContract,
  type ContractViolation,
  type GroupTimes
} from "../../../../core/ports/contract/index.ts"
import type { ConsumerGroup, GroupEvent } from "../../../../core/ports/index.ts"

type Break = (group: ConsumerGroup) => ConsumerGroup

/** What the claim with this name says of a group that is broken in this way. */
const said = async (claim: string, broken: Break): Promise<string> => {
  const make = Effect.gen(function* () {
    const group = yield* MemoryGroup.make({
      id: "g",
      log: { partitions: () => Effect.succeed(6) },
      discoveryMs: 50
    })
    return {
      topic: "t",
      partitions: 6,
      newTopic: "new",
      setPartitions: () => Effect.void,
      process: (times: GroupTimes) =>
        Effect.sync(() => {
          const process = group.process(times)
          return { ...process, group: broken(process.group) }
        })
    }
  })
  const found = consumerGroupContract(make).find(({ name }) => name === claim)
  if (found === undefined) throw new Error(`There is no claim "${claim}".`)
  return Effect.runPromise(
    Effect.match(Effect.scoped(found.run), {
      onSuccess: () => "kept",
      onFailure: (error) => (error as ContractViolation).what
    })
  )
}

const unbroken: Break = (group) => group

/** Tells the owner what this makes of an event. */
const telling =
  (tell: (event: GroupEvent, owner: (event: GroupEvent) => Effect.Effect<void>) => Effect.Effect<void>): Break =>
  (group) => ({ ...group, join: (topics, owner) => group.join(topics, (event) => tell(event, owner)) })

const claims: ReadonlyArray<readonly [what: string, claim: string, broken: Break, violation: string]> = [
  [
    "gives away what is not let go",
    "nothing is given away before its owner has let go",
    telling((event, owner) =>
      event._tag === "Revoked" ? Effect.asVoid(Effect.forkDetach(owner(event))) : owner(event)
    ),
    "what the second one has meanwhile"
  ],
  [
    "takes everything back before it shares out anew",
    "a second member gets its share, and what does not move is not touched",
    telling((event, owner) =>
      event._tag === "Revoked"
        ? Effect.andThen(owner(event), owner({ ...event, _tag: "Assigned", partitions: [] }))
        : owner(event)
    ),
    "what the first one was told"
  ],
  [
    "takes commits of anybody",
    "a commit of what is not the member's is refused, and stores nothing",
    (group) => ({
      ...group,
      join: (topics, owner) =>
        Effect.map(group.join(topics, owner), (membership) => ({ ...membership, commit: () => Effect.void }))
    }),
    "the commit"
  ],
  [
    "forgets what was committed",
    "what a member commits is seen by the next owner, and partitions without a commit are left out",
    (group) => ({ ...group, committed: () => Effect.succeed([]) }),
    "what is committed"
  ]
]

describe("the suite of the consumer group", () => {
  it.each(claims)("notices a group that %s", async (_, claim, broken, violation) => {
    expect(await said(claim, unbroken)).toBe("kept")
    expect(await said(claim, broken)).toBe(violation)
  })
})
