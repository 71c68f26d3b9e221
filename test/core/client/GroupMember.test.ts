import fc from "fast-check"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import {
  ClientFailure,
  encodeAssignment,
  groupMember,
  type MemberAnswer,
  type MemberInput,
  type MemberOutput,
  newMember
} from "../../../core/client/index.ts"
import type { TopicPartition } from "../../../core/log/index.ts"
import { ErrorCode } from "../../../core/protocol/index.ts"

const config = {
  topics: ["t"],
  sessionTimeoutMs: 1000,
  heartbeatMs: 300,
  discoveryMs: 5000,
  backoffMs: 50,
  maxBackoffMs: 400
}
const coordinator = { host: "coordinator", port: 9092 }
const failed = new ClientFailure({ reason: "Closed", broker: "b", message: "It is gone." })

const partitions = (numbers: ReadonlyArray<number>): ReadonlyArray<TopicPartition> =>
  numbers.map((partition) => ({ topic: "t", partition }))

const draw = (output: MemberOutput): string => {
  switch (output._tag) {
    case "Ask": {
      const { question } = output
      if (question._tag !== "Join") return question._tag
      return `Join as "${question.memberId}" with ${question.owned.map(({ partition }) => partition).join()}`
    }
    case "Tell":
      return `${output.event._tag} ${output.event.partitions.map(({ partition }) => partition).join()}`
    case "Ended":
      return `Ended ${output.end._tag}`
    default:
      return output._tag
  }
}

/** A member, and what it has put out since it was last looked at. */
const member = () => {
  let state = groupMember.step(newMember(config), { _tag: "Tick", now: 0 })[0]
  let outputs: Array<MemberOutput> = []
  const feed = (input: MemberInput) => {
    const [next, more] = groupMember.step(state, input)
    state = next
    outputs.push(...more)
  }
  const look = (): ReadonlyArray<string> => {
    const seen = outputs.map(draw)
    outputs = []
    return seen
  }
  const reply = (answer: MemberAnswer) => feed({ _tag: "Answered", turn: state.turn, answer })
  const refuse = (errorCode: number, memberId = "") => reply({ _tag: "Refused", errorCode, memberId })
  const beaten = (errorCode: number) =>
    feed({ _tag: "Beaten", generation: state.generation, sentAt: state.now, answer: { errorCode } })
  const joined = (generation: number, leads = false) =>
    reply({ _tag: "Joined", memberId: "me", generation, leads, members: [] })
  const share = (numbers: ReadonlyArray<number>) =>
    reply({ _tag: "Synced", assignment: Result.getOrThrow(encodeAssignment(partitions(numbers))) })
  return {
    feed,
    look,
    reply,
    refuse,
    beaten,
    joined,
    share,
    told: (inTime = true) => feed({ _tag: "Told", revocation: state.revocation, inTime }),
    tick: (now: number) => feed({ _tag: "Tick", now }),
    wakeAt: () => groupMember.wakeAt(state),
    state: () => state
  }
}

/** A member of generation 1 that has these partitions. */
const settled = (numbers: ReadonlyArray<number>) => {
  const one = member()
  one.feed({ _tag: "Start" })
  one.reply({ _tag: "Found", coordinator })
  one.joined(1)
  one.share(numbers)
  one.look()
  return one
}

describe("a group member", () => {
  it("finds the coordinator, joins, and asks for its share", () => {
    const one = member()
    one.feed({ _tag: "Start" })
    expect(one.look()).toEqual([])
    one.reply({ _tag: "Found", coordinator })
    expect(one.look()).toEqual(['Join as "" with '])
    one.refuse(ErrorCode.MEMBER_ID_REQUIRED, "me")
    expect(one.look()).toEqual(['Join as "me" with '])
    one.joined(1)
    expect(one.look()).toEqual(["Sync"])
    one.share([0, 1])
    expect(one.look()).toEqual(["Assigned 0,1"])
  })

  it("keeps its partitions while it joins anew", () => {
    const one = settled([0, 1])
    one.beaten(ErrorCode.REBALANCE_IN_PROGRESS)
    expect(one.look()).toEqual(['Join as "me" with 0,1'])
    one.joined(2)
    one.share([0, 1, 2])
    expect(one.look()).toEqual(["Sync", "Assigned 2"])
  })

  it("joins anew when its owner has let go of what is not in its share, and not before", () => {
    const one = settled([0, 1])
    one.beaten(ErrorCode.REBALANCE_IN_PROGRESS)
    one.joined(2)
    one.share([0])
    one.beaten(ErrorCode.REBALANCE_IN_PROGRESS)
    expect(one.look()).toEqual(['Join as "me" with 0,1', "Sync", "Revoked 1"])
    one.told()
    expect(one.look()).toEqual(['Join as "me" with 0'])
  })

  it("has lost what its owner has not let go of in time", () => {
    const one = settled([0, 1])
    one.beaten(ErrorCode.REBALANCE_IN_PROGRESS)
    one.joined(2)
    one.share([0])
    one.look()
    one.told(false)
    expect(one.look()).toEqual(["Lost 1", 'Join as "me" with 0'])
  })

  it("is heard at its intervals, and has lost everything when it was not answered for a session", () => {
    const one = settled([0, 1])
    one.tick(299)
    expect(one.look()).toEqual([])
    one.tick(300)
    expect(one.look()).toEqual(["Beat"])
    one.beaten(ErrorCode.NONE)
    one.tick(600)
    expect(one.look()).toEqual(["Beat"])
    one.tick(1299)
    expect(one.look()).toEqual([])
    one.tick(1300)
    expect(one.look()).toEqual(["Lost 0,1", 'Join as "me" with '])
  })

  it("has lost everything when it was not answered for a session, also while others are waited for", () => {
    const one = settled([0, 1])
    one.beaten(ErrorCode.REBALANCE_IN_PROGRESS)
    one.tick(300)
    expect(one.look()).toEqual(['Join as "me" with 0,1', "Beat"])
    one.tick(999)
    expect(one.look()).toEqual([])
    one.tick(1000)
    expect(one.look()).toEqual(["Lost 0,1", 'Join as "me" with '])
    one.joined(2)
    one.tick(1300)
    expect(one.look()).toEqual(["Sync", "Beat"])
    one.share([0])
    expect(one.look()).toEqual(["Assigned 0"])
  })

  it("has lost everything when it was not answered for a session, also while it waits for its share", () => {
    const one = settled([0, 1])
    one.beaten(ErrorCode.REBALANCE_IN_PROGRESS)
    one.joined(2)
    expect(one.look()).toEqual(['Join as "me" with 0,1', "Sync"])
    one.tick(1000)
    expect(one.look()).toEqual(["Lost 0,1", 'Join as "me" with '])
  })

  it("keeps its partitions for as long as others are waited for, while it is heard", () => {
    const one = settled([0, 1])
    one.beaten(ErrorCode.REBALANCE_IN_PROGRESS)
    for (const now of [300, 600, 900, 1200]) {
      one.tick(now)
      one.beaten(ErrorCode.REBALANCE_IN_PROGRESS)
    }
    expect(one.look()).toEqual(['Join as "me" with 0,1', "Beat", "Beat", "Beat", "Beat"])
    one.tick(1500)
    one.feed({ _tag: "Beaten", generation: 1, sentAt: 1500, answer: { failure: failed } })
    one.tick(1800)
    one.beaten(ErrorCode.ILLEGAL_GENERATION)
    expect(one.look()).toEqual(["Beat", "Beat"])
    one.joined(2)
    one.share([0, 1, 2])
    expect(one.look()).toEqual(["Sync", "Assigned 2"])
  })

  it("goes on in its generation when the coordinator has moved", () => {
    const one = settled([0])
    one.tick(300)
    one.beaten(ErrorCode.NOT_COORDINATOR)
    one.tick(350)
    expect(one.look()).toEqual(["Beat", "Find"])
    one.reply({ _tag: "Found", coordinator })
    one.tick(600)
    expect(one.look()).toEqual(["Beat"])
  })

  it.each([
    ["UNKNOWN_MEMBER_ID", ""],
    ["ILLEGAL_GENERATION", "me"]
  ] as const)("has lost everything when the coordinator says %s, and joins with nothing", (code, memberId) => {
    const one = settled([0, 1])
    one.beaten(ErrorCode[code])
    expect(one.look()).toEqual(["Lost 0,1", `Join as "${memberId}" with `])
  })

  it("has lost everything when a commit says that it is not known", () => {
    const one = settled([0])
    one.feed({ _tag: "CommitRefused", generation: 1, errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
    expect(one.look()).toEqual(["Lost 0", 'Join as "" with '])
  })

  it("what is lost ends what is being let go, and an answer to that changes nothing", () => {
    const one = settled([0, 1])
    one.beaten(ErrorCode.REBALANCE_IN_PROGRESS)
    one.joined(2)
    one.share([0])
    one.look()
    one.beaten(ErrorCode.UNKNOWN_MEMBER_ID)
    expect(one.look()).toEqual(["Lost 0,1", 'Join as "" with '])
    one.told(false)
    expect(one.look()).toEqual([])
  })

  it("ends for good when the coordinator refuses it, after its owner was told", () => {
    const one = settled([0])
    one.beaten(ErrorCode.GROUP_AUTHORIZATION_FAILED)
    expect(one.look()).toEqual(["Lost 0", "Ended Refused"])
  })

  it("shares out as the leader, and again when there are more partitions", () => {
    const one = member()
    one.feed({ _tag: "Start" })
    one.reply({ _tag: "Found", coordinator })
    one.joined(1, true)
    one.feed({ _tag: "Counted", generation: 1, counts: new Map([["t", 2]]) })
    one.share([0, 1])
    expect(one.look()).toEqual(['Join as "" with ', "Count", "Sync", "Assigned 0,1"])
    for (let now = 300; now < 5000; now += 300) {
      one.tick(now)
      one.beaten(ErrorCode.NONE)
    }
    one.look()
    one.tick(5000)
    expect(one.look()).toContain("Count")
    one.feed({ _tag: "Counted", generation: 1, counts: new Map([["t", 3]]) })
    expect(one.look().at(-1)).toBe('Join as "me" with 0,1')
  })

  it("lets go of everything before it leaves", () => {
    const one = settled([0, 1])
    one.feed({ _tag: "Leave" })
    expect(one.look()).toEqual(["Revoked 0,1"])
    one.told()
    expect(one.look()).toEqual(["Leave"])
    one.reply({ _tag: "Left" })
    expect(one.look()).toEqual(["Ended Left"])
  })

  it("pauses longer and longer while nobody answers, up to its bound", () => {
    const one = member()
    one.feed({ _tag: "Start" })
    const pauses: Array<number> = []
    for (let now = 0; pauses.length < 5;) {
      one.reply({ _tag: "Failed", failure: failed })
      const at = one.wakeAt() ?? Infinity
      pauses.push(at - now)
      now = at
      one.tick(now)
    }
    expect(pauses).toEqual([50, 100, 200, 400, 400])
  })
})

const code = fc.constantFrom(
  ErrorCode.NONE,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
)

/** What may come next, as a function of the state. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.nat(700).map((ms) => ({ kind: "time", ms }) as const) },
  { weight: 8, arbitrary: fc.subarray([0, 1, 2, 3]).map((share) => ({ kind: "answer", share }) as const) },
  { weight: 2, arbitrary: code.map((errorCode) => ({ kind: "refusal", errorCode }) as const) },
  { weight: 4, arbitrary: code.map((errorCode) => ({ kind: "beat", errorCode }) as const) },
  { weight: 3, arbitrary: fc.boolean().map((inTime) => ({ kind: "told", inTime }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "leave" } as const) }
)

type Happening = typeof happening extends fc.Arbitrary<infer A> ? A : never

const apply = (one: ReturnType<typeof member>, what: Happening): void => {
  const { asking, generation, leadership, now } = one.state()
  switch (what.kind) {
    case "time":
      return one.tick(now + what.ms)
    case "answer":
      if (leadership?.counting === true) return one.feed({ _tag: "Counted", generation, counts: new Map([["t", 4]]) })
      if (asking === "Find") return one.reply({ _tag: "Found", coordinator })
      if (asking === "Join") return one.joined(Math.max(generation, 0) + 1, what.share.length > 2)
      if (asking === "Sync") return one.share(what.share)
      if (asking === "Leave") return one.reply({ _tag: "Left" })
      return
    case "refusal":
      return asking === undefined ? undefined : one.refuse(what.errorCode, "me")
    case "beat":
      return one.state().beating ? one.beaten(what.errorCode) : undefined
    case "told":
      return one.told(what.inTime)
    case "leave":
      return one.feed({ _tag: "Leave" })
  }
}

describe("whatever happens to a group member", () => {
  it("it never wants to be woken at a time that has passed", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        const one = member()
        one.feed({ _tag: "Start" })
        for (const what of happenings) {
          apply(one, what)
          expect(one.wakeAt() ?? Infinity).toBeGreaterThan(one.state().now)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("its owner is told of each partition in turn that it has it and that it has it no more", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        const one = member()
        const has = new Set<string>()
        one.feed({ _tag: "Start" })
        for (const what of happenings) {
          const revoking = one.state().revoking ?? []
          const done = what.kind === "told" && what.inTime
          apply(one, what)
          if (done) for (const { partition } of revoking) has.delete(String(partition))
          for (const line of one.look()) {
            const [tag, list = ""] = line.split(" ")
            for (const partition of list === "" ? [] : list.split(",")) {
              if (tag === "Assigned") {
                expect(has.has(partition)).toBe(false)
                has.add(partition)
              }
              if (tag === "Revoked") expect(has.has(partition)).toBe(true)
              if (tag === "Lost") expect(has.delete(partition)).toBe(true)
            }
          }
          expect([...has].sort()).toEqual(
            [...one.state().owned.values()].map(({ partition }) => String(partition)).sort()
          )
        }
      }),
      { numRuns: 500 }
    )
  })
})
