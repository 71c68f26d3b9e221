import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type Greeted, openPeers, type Peers, type PeersOptions } from "../../../core/peers/index.ts"
import type { Address, Network } from "../../../core/ports/index.ts"

/** A frame that a node was handed. */
export interface Got {
  readonly from: number
  readonly incarnation: number
  readonly text: string
}

/** A node that remembers what it is handed. */
export interface Node {
  readonly peers: Peers
  readonly got: Array<Got>
  readonly say: (to: number, text: string) => void
  /** Waits until it was handed so many frames. */
  readonly has: (count: number) => Effect.Effect<void>
  readonly stop: Effect.Effect<void>
}

/** Waits until it is so; a test that waits in vain runs into its own deadline. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.andThen(Effect.sleep(2), until(condition))))

/** Starts a node on a network, in a scope that the test can close before its own. */
export const startNode = Effect.fnUntraced(function* (
  network: Network,
  id: number,
  options: {
    readonly listen: Address
    readonly addresses?: ReadonlyMap<number, Address>
    readonly self?: Partial<Greeted>
    readonly learnt?: PeersOptions["learnt"]
    readonly settings?: PeersOptions["settings"]
    readonly onFrame?: PeersOptions["onFrame"]
  }
) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const got: Array<Got> = []
  const peers = yield* Scope.provide(
    openPeers({
      network,
      listen: options.listen,
      self: { clusterId: "shop", id, incarnation: 100 + id, founders: "1 2 3", ...options.self },
      learnt: options.learnt ?? (() => Effect.void),
      addresses: options.addresses ?? new Map(),
      onFrame:
        options.onFrame ??
        ((from, incarnation, bytes) =>
          Effect.sync(() => void got.push({ from, incarnation, text: new TextDecoder().decode(bytes) }))),
      seed: id,
      settings: { minBackoffMs: 5, maxBackoffMs: 20, ...options.settings }
    }),
    scope
  )
  const node: Node = {
    peers,
    got,
    say: (to, text) => peers.send(to, new TextEncoder().encode(text)),
    has: (count) => until(() => got.length >= count),
    stop: Scope.close(scope, Exit.void)
  }
  return node
})

/** A gate that a test opens. */
export const gate = () => {
  const opened = Deferred.makeUnsafe<void>()
  return { wait: Deferred.await(opened), open: Deferred.succeed(opened, undefined) }
}

/** What links must do over any network. `listen` takes a free port. */
export const peersContract = (
  makeNetwork: () => Network,
  listen: Address
): ReadonlyArray<{ readonly name: string; readonly run: Effect.Effect<void, unknown, Scope.Scope> }> => {
  const pair = Effect.gen(function* () {
    const network = makeNetwork()
    const two = yield* startNode(network, 2, { listen })
    const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, two.peers.address]]) })
    two.peers.place(1, one.peers.address)
    return { network, one, two }
  })
  const expectTexts = (node: Node, texts: ReadonlyArray<string>): Effect.Effect<void, Error> => {
    const got = node.got.map(({ text }) => text)
    return JSON.stringify(got) === JSON.stringify(texts)
      ? Effect.void
      : Effect.fail(new Error(`${JSON.stringify(got)} instead of ${JSON.stringify(texts)}`))
  }
  return [
    {
      name: "frames go both ways, in order, with the incarnation of their sender",
      run: Effect.gen(function* () {
        const { one, two } = yield* pair
        for (const text of ["a", "b", "c"]) one.say(2, text)
        two.say(1, "d")
        yield* two.has(3)
        yield* one.has(1)
        yield* expectTexts(two, ["a", "b", "c"])
        const [answer] = one.got
        if (answer?.from !== 2 || answer.incarnation !== 102) return yield* Effect.fail(new Error("not from node 2"))
      })
    },
    {
      name: "a frame of several megabytes arrives whole",
      run: Effect.gen(function* () {
        const { one, two } = yield* pair
        const text = "0123456789abcdef".repeat(1 << 17)
        one.say(2, text)
        yield* two.has(1)
        yield* expectTexts(two, [text])
      })
    },
    {
      name: "a peer that comes back is found again, and what waited for it arrives",
      run: Effect.gen(function* () {
        const { network, one, two } = yield* pair
        one.say(2, "a")
        yield* two.has(1)
        yield* two.stop
        yield* until(() => one.peers.status()[0]?.lastError !== undefined)
        one.say(2, "b")
        const again = yield* startNode(network, 2, { listen: two.peers.address, self: { incarnation: 555 } })
        yield* again.has(1)
        yield* expectTexts(again, ["b"])
        const [status] = one.peers.status()
        if (status?.incarnation !== 555 || status.connectedSince === undefined) {
          return yield* Effect.fail(new Error(JSON.stringify(status)))
        }
      })
    },
    {
      name: "a peer that has moved is reached where it is now",
      run: Effect.gen(function* () {
        const { network, one, two } = yield* pair
        yield* two.stop
        const moved = yield* startNode(network, 2, { listen })
        one.peers.place(2, moved.peers.address)
        one.say(2, "here")
        yield* moved.has(1)
      })
    },
    {
      name: "a node of another cluster is refused, and told why",
      run: Effect.gen(function* () {
        const network = makeNetwork()
        const two = yield* startNode(network, 2, { listen, self: { clusterId: "other" } })
        const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, two.peers.address]]) })
        one.say(2, "a")
        yield* until(() => one.peers.status()[0]?.lastError?.reason === "OtherCluster")
        yield* until(() => (one.peers.status()[0]?.attempts ?? 0) > 2)
        yield* expectTexts(two, [])
      })
    },
    {
      name: "another node at the address of a peer is refused",
      run: Effect.gen(function* () {
        const network = makeNetwork()
        const three = yield* startNode(network, 3, { listen })
        const one = yield* startNode(network, 1, { listen, addresses: new Map([[2, three.peers.address]]) })
        yield* until(() => one.peers.status()[0]?.lastError?.reason === "OtherNode")
      })
    }
  ]
}
