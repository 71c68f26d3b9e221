import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { makeMemoryDisk, MemoryNetwork } from "../../../../adapters/memory/index.ts"
import {
  type Applied,
  type ChainNode,
  type ChainSession,
  KeyValues,
  type KeyValuesState,
  type ProposalError,
  ProposalRefused,
  type ProposalRefusedReason,
  ProposalUnknown
} from "../../../../core/chain/index.ts"
import { keyValuePages } from "../../../../runtimes/node/chain/KeyValuePages.ts"
import { sessionPool } from "../../../../runtimes/node/chain/SessionPool.ts"
import { NodeCluster, type Place, until, voter } from "../../../core/chain/host/NodeCluster.ts"

const command = new Uint8Array(1)
const done: Applied = { position: 0, answer: new Uint8Array(0) }
const refused = (reason: ProposalRefusedReason) => Effect.fail(new ProposalRefused({ reason, node: 1, leader: 0 }))
const unknown = Effect.fail(new ProposalUnknown({ node: 1 }))

/** A node whose sessions are numbered, and end each command as a test says; `used` tells which sessions had commands. */
const sessionsThat = (end: (session: number, nth: number) => Effect.Effect<Applied, ProposalError>) => {
  const used: Array<number> = []
  let opened = 0
  const openSession = (): Effect.Effect<ChainSession, ProposalError> =>
    Effect.sync(() => {
      const id = ++opened
      const propose = () => Effect.suspend(() => end(id, used.push(id)))
      return { id, propose }
    })
  return { id: 1, openSession, used }
}

describe("a pool of sessions", () => {
  it.effect("uses a session again, and opens no more than are needed", () =>
    Effect.gen(function* () {
      const node = sessionsThat(() => Effect.succeed(done))
      const propose = sessionPool(node)
      for (let at = 0; at < 3; at++) expect(yield* propose(command)).toBe(done)
      expect(node.used).toEqual([1, 1, 1])
    })
  )

  it.live("has so many commands under way, and the others wait until their time is over", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const node = sessionsThat(() => Effect.as(Deferred.await(gate), done))
      const propose = sessionPool(node, { maxSessions: 2 })
      const first = yield* Effect.forkChild(Effect.all([propose(command), propose(command)], { concurrency: 2 }))
      yield* until(() => node.used.length === 2)
      const waiting = yield* Effect.forkChild(propose(command))
      expect(yield* Effect.flip(propose(command, { timeoutMs: 20 }))).toMatchObject({ reason: "Busy", node: 1 })
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(first)).toEqual([done, done])
      expect(yield* Fiber.join(waiting)).toBe(done)
      expect(node.used.toSorted()).toHaveLength(3)
      expect(Math.max(...node.used)).toBe(2)
    })
  )

  it.effect("replaces a session that the cluster has forgotten, and proposes the command in the new one", () =>
    Effect.gen(function* () {
      const node = sessionsThat((session, nth) =>
        session === 1 && nth > 1 ? refused("SessionExpired") : Effect.succeed(done)
      )
      const propose = sessionPool(node)
      for (let at = 0; at < 3; at++) expect(yield* propose(command)).toBe(done)
      expect(node.used).toEqual([1, 1, 2, 2])
    })
  )

  it.effect("does not open sessions without end where each is forgotten at once", () =>
    Effect.gen(function* () {
      const node = sessionsThat(() => refused("SessionExpired"))
      expect(yield* Effect.flip(sessionPool(node)(command))).toMatchObject({ reason: "SessionExpired" })
      expect(node.used).toEqual([1])
    })
  )

  it.effect("goes on with a session whose command was refused", () =>
    Effect.gen(function* () {
      const node = sessionsThat((_, nth) => (nth === 1 ? refused("TooLarge") : Effect.succeed(done)))
      const propose = sessionPool(node)
      expect(yield* Effect.flip(propose(command))).toMatchObject({ reason: "TooLarge" })
      yield* propose(command)
      expect(node.used).toEqual([1, 1])
    })
  )

  it.effect("leaves a session whose command has an outcome that nobody knows", () =>
    Effect.gen(function* () {
      const node = sessionsThat((_, nth) => (nth === 1 ? unknown : Effect.succeed(done)))
      const propose = sessionPool(node)
      expect(yield* Effect.flip(propose(command))).toMatchObject({ _tag: "ProposalUnknown" })
      yield* propose(command)
      expect(node.used).toEqual([1, 2])
    })
  )

  it.live("leaves a session whose client has gone, and has its place for another", () =>
    Effect.gen(function* () {
      const node = sessionsThat((_, nth) => (nth === 1 ? Effect.never : Effect.succeed(done)))
      const propose = sessionPool(node, { maxSessions: 1 })
      const gone = yield* Effect.forkChild(propose(command))
      yield* until(() => node.used.length === 1)
      yield* Fiber.interrupt(gone)
      yield* propose(command)
      expect(node.used).toEqual([1, 2])
    })
  )

  it.effect("refuses a command for which no session could be opened, since nothing has become of it", () =>
    Effect.gen(function* () {
      const propose = sessionPool({ id: 1, openSession: () => unknown })
      expect(yield* Effect.flip(propose(command))).toMatchObject({ _tag: "ProposalRefused", reason: "NoLeader" })
    })
  )
})

describe("a cluster whose leader is killed", () => {
  it.live("answers what is asked at once after that, at every node, and does it once", () =>
    Effect.gen(function* () {
      const place: Place = {
        network: MemoryNetwork.make(),
        addressOf: (id) => ({ host: "memory", port: 7000 + id }),
        disk: () => Effect.sync(makeMemoryDisk),
        cut: () => {},
        electionMs: 400
      }
      const cluster = new NodeCluster(place, [voter(1), voter(2), voter(3)])
      yield* cluster.startAll
      const leader = yield* cluster.leader
      const followers = cluster.nodes.filter(({ id }) => id !== leader.id)
      const asked = followers.map((node: ChainNode<KeyValuesState>) => {
        const pages = keyValuePages(node)
        return (method: string, path: string, body: string) => {
          const query = new URLSearchParams("timeoutMs=8000")
          return pages({ method, path, query, headers: {}, body: new TextEncoder().encode(body) })
        }
      })
      // One of them has a session, the other opens its first one while nobody leads.
      expect((yield* asked[0]!("POST", "/counters/n", '{"add":1}')).status).toBe(200)
      yield* cluster.kill(leader.id)
      const answers = yield* Effect.forEach(
        asked.flatMap((ask) => [ask("PUT", "/keys/k", "v"), ask("POST", "/counters/n", '{"add":1}')]),
        (answer) => answer,
        { concurrency: 4 }
      )
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
      const counted = yield* followers[1]!.read((state) => KeyValues.get(state, "n")?.value)
      expect(new TextDecoder().decode(counted)).toBe("3")
      yield* cluster.end
    })
  )
})
