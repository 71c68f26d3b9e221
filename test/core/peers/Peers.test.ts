import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { MemoryNetwork } from "../../../adapters/memory/index.ts"
import { frameHeader } from "../../../core/peers/index.ts"
import { gate, peersContract, startNode, until } from "./PeersContract.ts"

const listen = { host: "memory", port: 0 }

describe("peers in memory", () => {
  for (const { name, run } of peersContract(MemoryNetwork.make, listen)) it.live(name, () => Effect.scoped(run))

  it.live("a send to a peer that is away neither waits nor fails, and beyond the bound the oldest are dropped", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const two = { host: "memory", port: 9 }
      const settings = { queueFrames: 3 }
      const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, two]]), settings })
      for (const text of ["a", "b", "c", "d", "e"]) one.say(2, text)
      expect(one.peers.status()).toMatchObject([{ id: 2, queued: 3, queuedBytes: 3, dropped: 2, sent: 0 }])
      const there = yield* startNode(network, 2, { listen: two })
      yield* there.has(3)
      expect(there.got.map(({ text }) => text)).toEqual(["c", "d", "e"])
    })
  )

  it.live("says why there is no connection, in a sentence", () =>
    Effect.gen(function* () {
      const addresses = new Map([[2, { host: "memory", port: 9 }]])
      const one = yield* startNode(MemoryNetwork.make(), 1, { listen, addresses })
      yield* until(() => one.peers.status()[0]?.lastError !== undefined)
      expect(one.peers.status()[0]?.lastError?.message).toBe(
        "There is no connection to node 2 at memory:9. Cannot connect to memory:9: nobody listens there in this process."
      )
    })
  )

  it.live("tells once that a peer is away for longer, and that it is there", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      const network = MemoryNetwork.make()
      const two = { host: "memory", port: 9 }
      yield* Effect.gen(function* () {
        const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, two]]) })
        yield* until(() => one.peers.status()[0]!.attempts > 8)
        expect(lines).toEqual([one.peers.status()[0]?.lastError?.message])
        yield* startNode(network, 2, { listen: two })
        yield* until(() => lines.length > 1)
        expect(lines[1]).toBe("Node 2 at memory:9 is reached now.")
      }).pipe(Effect.provide(Logger.layer([logger])))
    })
  )

  it.live("tells at once of a mistake that no waiting mends", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      const network = MemoryNetwork.make()
      yield* Effect.gen(function* () {
        const two = yield* startNode(network, 2, { listen, self: { clusterId: "other" } })
        const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, two.peers.address]]) })
        yield* until(() => lines.length > 0)
        expect([one.peers.status()[0]?.attempts, lines[0]]).toEqual([1, expect.stringContaining('the cluster "other"')])
      }).pipe(Effect.provide(Logger.layer([logger])))
    })
  )

  it.live("nodes of clusters with different founders refuse each other, and both tell it once", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      const network = MemoryNetwork.make()
      yield* Effect.gen(function* () {
        const two = yield* startNode(network, 2, { listen })
        const addresses = new Map([[2, two.peers.address]])
        const one = yield* startNode(network, 1, { listen, addresses, self: { founders: "1" } })
        one.say(2, "a")
        yield* until(() => one.peers.status()[0]!.attempts > 3)
        expect(one.peers.status()[0]?.lastError?.reason).toBe("OtherFounders")
        expect([two.got, two.peers.status()]).toEqual([[], []])
        expect(lines.sort()).toEqual([
          expect.stringMatching(/^Node 1 is refused \(.* the members 1, .* 1 2 3\): .* under a new id.*empty folder/),
          expect.stringMatching(
            /^There is no connection to node 2 .* the members 1 2 3, .* 1\): .* under a new id.*empty folder/
          )
        ])
      }).pipe(Effect.provide(Logger.layer([logger])))
    })
  )

  it.live("nodes that have connected to each other tell once each that others have founded their cluster", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      const network = MemoryNetwork.make()
      const [here, there] = [
        { host: "memory", port: 1 },
        { host: "memory", port: 2 }
      ]
      yield* Effect.gen(function* () {
        const one = yield* startNode(network, 1, { listen: here, addresses: new Map([[2, there]]) })
        const addresses = new Map([[1, here]])
        const two = yield* startNode(network, 2, { listen: there, addresses, self: { founders: "2" } })
        const refused = ({ peers }: typeof one) => peers.status()[0]!.lastError?.reason === "OtherFounders"
        yield* until(() => refused(one) && refused(two))
        const [before, since] = [one.peers.status()[0]!.attempts, two.peers.status()[0]!.attempts]
        yield* until(() => one.peers.status()[0]!.attempts > before + 2 && two.peers.status()[0]!.attempts > since + 2)
        expect(lines.map((line) => /^(There is no connection to node \d|Node \d is refused)/.exec(line)?.[0])).toEqual([
          expect.any(String),
          expect.any(String)
        ])
        expect(lines.map((line) => /node (\d)/i.exec(line)?.[1]).sort()).toEqual(["1", "2"])
      }).pipe(Effect.provide(Logger.layer([logger])))
    })
  )

  it.live("a node that joins learns the founders from who greets it first, and then refuses those of other ones", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const learnt: Array<string> = []
      const busy = gate()
      const four = yield* startNode(network, 4, {
        listen,
        self: { founders: "" },
        learnt: (founders) =>
          Effect.andThen(
            busy.wait,
            Effect.sync(() => void learnt.push(founders))
          )
      })
      const addresses = new Map([[4, four.peers.address]])
      const one = yield* startNode(network, 1, { listen, addresses })
      const other = yield* startNode(network, 2, { listen, addresses, self: { founders: "2" } })
      one.say(4, "a")
      other.say(4, "b")
      yield* until(() => one.peers.status()[0]!.sent === 0 && other.peers.status()[0]!.attempts > 0)
      expect(four.got).toEqual([])
      yield* busy.open
      yield* four.has(1)
      const [first] = four.got
      const [right, wrong] = first?.from === 1 ? [one, other] : [other, one]
      yield* until(() => wrong.peers.status()[0]?.lastError?.reason === "OtherFounders")
      yield* until(() => right.peers.status()[0]?.connectedSince !== undefined)
      expect([four.got.length, learnt]).toEqual([1, [first?.from === 1 ? "1 2 3" : "2"]])
    })
  )

  it.live("a node that has learnt the founders greets those anew whom it had greeted before", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const nowhere = new Map([[4, { host: "memory", port: 9 }]])
      const two = yield* startNode(network, 2, { listen, addresses: nowhere, self: { founders: "2" } })
      const addresses = new Map([[2, two.peers.address]])
      const four = yield* startNode(network, 4, { listen, addresses, self: { founders: "" } })
      four.say(2, "a")
      yield* two.has(1)
      yield* startNode(network, 1, { listen, addresses: new Map([[4, four.peers.address]]) })
      const link = () => four.peers.status().find(({ id }) => id === 2)
      yield* until(() => link()?.lastError?.reason === "OtherFounders")
      four.say(2, "b")
      yield* until(() => link()!.attempts > 3)
      expect(two.got.map(({ text }) => text)).toEqual(["a"])
    })
  )

  it.live("a frame that the other side would not take is dropped, and those behind it arrive", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const two = yield* startNode(network, 2, { listen })
      const addresses = new Map([[2, two.peers.address]])
      const one = yield* startNode(network, 1, { listen, addresses, settings: { maxFrameBytes: 10 } })
      one.say(2, "longer than ten")
      one.say(2, "short")
      yield* two.has(1)
      expect([two.got[0]?.text, one.peers.status()[0]?.dropped]).toEqual(["short", 1])
    })
  )

  it.live("a connection that is silent beyond its time is given up, and opened anew", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      let accepted = 0
      const greeting = Uint8Array.of(0x4f, 0x44, 0x52, 0x50, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9)
      const mute = yield* network.listen(listen, (connection) =>
        Effect.gen(function* () {
          accepted++
          yield* connection.read
          yield* connection.write([frameHeader(greeting.length), greeting])
          return yield* Effect.never
        }).pipe(Effect.ignore)
      )
      const settings = { silenceMs: 30, keepAliveMs: 5 }
      const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, mute]]), settings })
      yield* until(() => accepted > 2)
      expect(one.peers.status()[0]?.attempts).toBeGreaterThan(2)
    })
  )

  it.effect("a connection on which nothing is sent stays, because each side hears the other", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const two = yield* startNode(network, 2, { listen })
      const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, two.peers.address]]) })
      for (let i = 0; i < 100; i++) yield* TestClock.adjust(500)
      expect(one.peers.status()).toMatchObject([{ attempts: 1, connectedSince: 0, lastError: undefined }])
    })
  )

  it.live("a server that speaks something else is called none", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const http = yield* network.listen(listen, (connection) =>
        Effect.ignore(
          Effect.andThen(connection.read, connection.write([new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n")]))
        )
      )
      const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, http]]) })
      yield* until(() => one.peers.status()[0]?.lastError?.reason === "NotAPeer")
      expect(one.peers.status()[0]?.lastError?.message).toContain("speaks HTTP")
    })
  )

  it.live("a frame is handed over when the one before it has been taken", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const busy = gate()
      const handed: Array<number> = []
      const onFrame = (_from: number, _incarnation: number, bytes: Uint8Array) =>
        Effect.andThen(
          Effect.sync(() => handed.push(bytes.length)),
          bytes.length === 1 ? busy.wait : Effect.void
        )
      const two = yield* startNode(network, 2, { listen, onFrame })
      const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, two.peers.address]]) })
      one.say(2, "a")
      one.say(2, "bb")
      yield* until(() => handed.length > 0 && one.peers.status()[0]?.queued === 0)
      expect(handed).toEqual([1])
      yield* busy.open
      yield* until(() => handed.length === 2)
    })
  )

  it.live("a peer whose address is not given is answered where it says that it is, also when it has moved", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const two = yield* startNode(network, 2, { listen })
      const addresses = new Map([[2, two.peers.address]])
      const one = yield* startNode(network, 1, { listen, addresses })
      yield* until(() => two.peers.status().length === 1)
      two.say(1, "a")
      yield* one.has(1)
      yield* one.stop
      const moved = yield* startNode(network, 1, { listen: { host: "memory", port: 9 }, addresses })
      yield* until(() => two.peers.status()[0]?.address === "memory:9")
      two.say(1, "b")
      yield* until(() => moved.got.some(({ text }) => text === "b"))
    })
  )

  it.live("a peer whose address is given is sought there, whatever it says", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const given = { host: "memory", port: 9 }
      const two = yield* startNode(network, 2, { listen, addresses: new Map([[1, given]]) })
      const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, two.peers.address]]) })
      one.say(2, "a")
      yield* two.has(1)
      expect(two.peers.status()).toMatchObject([{ id: 1, address: "memory:9" }])
    })
  )

  it.live("a peer that is forgotten is heard and told nothing more", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const two = yield* startNode(network, 2, { listen })
      const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, two.peers.address]]) })
      one.say(2, "a")
      yield* two.has(1)
      two.peers.forget(1)
      one.peers.forget(2)
      one.say(2, "b")
      expect(one.peers.status()).toEqual([])
      one.peers.place(2, two.peers.address)
      one.say(2, "c")
      yield* two.has(2)
      expect(two.got.map(({ text }) => text)).toEqual(["a", "c"])
    })
  )
})
