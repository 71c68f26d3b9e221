import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chain, chainDefaults, digest, genesis, start } from "../../../core/chain/index.ts"
import { addRequest, finish, firstRequest, type ReadRequest } from "../../../core/chain/Requests.ts"
import { below, makeDice } from "../../../core/chain/Dice.ts"
import { Cluster, voters } from "./Cluster.ts"

const fresh = () =>
  start(
    { ...chainDefaults, id: 1 },
    { incarnation: 100, initial: voters(1, 2, 3), term: 0, vote: 0, commit: genesis, blocks: [] },
    1
  )

describe("Requests", () => {
  it("the first one is that with the earliest deadline which is not answered, and few answered ones are kept", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1000), fc.boolean()), { maxLength: 400 }), (script) => {
        const state = fresh()
        const waiting: Array<ReadRequest> = []
        script.forEach(([deadline, isAnswered], id) => {
          const request: ReadRequest = { _tag: "Read", id, deadline, done: false }
          addRequest(state, request)
          waiting.push(request)
          if (isAnswered) {
            const [some] = waiting.splice(deadline % waiting.length, 1)
            if (some !== undefined) finish(state, some)
          }
          const earliest = Math.min(...waiting.map((each) => each.deadline))
          expect(firstRequest(state.requests)?.deadline ?? Infinity).toBe(earliest)
          expect(state.requests.items.length).toBeLessThanOrEqual(2 * waiting.length + 64)
        })
      }),
      { numRuns: 50 }
    )
  })

  it("the machine wakes for the earliest of its time-out and the deadlines", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    const { state } = cluster.node(1)
    expect(chain.wakeAt(state)).toBe(state.electionAt)
    cluster.step(1, { _tag: "Read", id: 1, deadline: cluster.now + 7 })
    expect(chain.wakeAt(state)).toBe(cluster.now + 7)
    cluster.wait(1, 7)
    expect(cluster.answers(1, 1)).toMatchObject([{ _tag: "Refused" }])
    expect(chain.wakeAt(state)).toBe(state.electionAt)
  })

  it("a leader wakes for its heartbeats", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    expect(chain.wakeAt(cluster.node(1).state)).toBe(cluster.now + 100)
  })

  it("a machine that was not started yet wakes at once", () => {
    expect(chain.wakeAt(fresh())).toBe(0)
  })

  it("reads whose time is up are not kept, although no leader is ever known", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    for (let round = 0; round < 500; round++) {
      cluster.step(1, { _tag: "Read", id: round, deadline: cluster.now + 5 })
      cluster.wait(1, 1)
    }
    expect(cluster.node(1).state.reads.length).toBeLessThan(10)
  })
})

describe("Dice", () => {
  it("the same numbers give the same throws, and others others", () => {
    const throws = (seed: number, salt: number) => {
      const dice = makeDice(seed, salt)
      return Array.from({ length: 20 }, () => below(dice, 1000))
    }
    expect(throws(1, 2)).toEqual(throws(1, 2))
    expect(throws(1, 2)).not.toEqual(throws(1, 3))
    expect(throws(1, 2)).not.toEqual(throws(2 ** 40 + 1, 2))
    expect(throws(7, 7).every((each) => each >= 0 && each < 1000)).toBe(true)
  })
})

describe("Digest", () => {
  it("equal states have equal digests, and a step changes it", () => {
    const cluster = new Cluster(voters(1, 2, 3))
    cluster.elect(1)
    const { state } = cluster.node(1)
    const before = digest(state)
    expect(digest(structuredClone(state))).toBe(before)
    cluster.propose(1, "a")
    expect(digest(state)).not.toBe(before)
  })
})
