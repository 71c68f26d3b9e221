import { expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { makeSession } from "../../../../core/chain/host/Session.ts"
import { ProposalRefused } from "../../../../core/chain/index.ts"

const noLeader = new ProposalRefused({ reason: "NoLeader", node: 1, leader: 0 })

it.effect("a command of a session that waits for those before it waits no longer than its own time", () =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const session = makeSession({
      proposer: { node: 1, attemptMs: 10_000, clock },
      session: 7,
      propose: (_, timeoutMs) => Effect.andThen(Effect.sleep(timeoutMs), Effect.fail(noLeader)),
      within: (limit, run) => run(limit?.timeoutMs ?? 10_000)
    })
    const command = new Uint8Array(1)
    yield* Effect.forkChild(session.propose(command))
    yield* TestClock.adjust(1)
    const second = yield* Effect.forkChild(Effect.flip(session.propose(command, { timeoutMs: 100 })))
    yield* TestClock.adjust(100)
    expect(second.pollUnsafe()).toBeDefined()
    expect(yield* Fiber.join(second)).toMatchObject({ _tag: "ProposalRefused", reason: "Busy" })
  })
)
