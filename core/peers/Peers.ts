import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Option from "effect/Option"
import type { Scope } from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { Address, Network, NetworkError } from "../ports/index.ts"
import { Greeter } from "./Greeter.ts"
import type { Greeted, Hello } from "./Hello.ts"
import { isWildcard, readAddress, showAddress } from "./PeerAddress.ts"
import { PeerLink, type PeerStatus } from "./PeerLink.ts"
import { type OnFrame, receive } from "./PeerReceiver.ts"
import { peerDefaults, type PeerSettings } from "./PeerSettings.ts"

/**
 * What links between numbered nodes are made of.
 *
 * **Details**
 *
 * `self` greets for this node: `id` is a whole number from 1 on, `incarnation` tells the peers which life of the folder
 * they speak with. Where its `founders` are not known they are heard from the first peer that knows them: `learnt` writes
 * them down, and is waited for. `addresses` are where the other nodes are reached; more can be given later, and what is
 * not given is learnt from those who connect. `advertised` is where this node is reached, if that is not where it listens. The same
 * `seed` gives the same waits between attempts.
 */
export interface PeersOptions {
  readonly network: Network
  readonly listen: Address
  readonly self: Greeted
  readonly learnt: (founders: string) => Effect.Effect<void>
  readonly advertised?: Address | undefined
  readonly addresses: ReadonlyMap<number, Address>
  readonly onFrame: OnFrame
  readonly seed: number
  readonly settings?: Partial<PeerSettings>
}

/**
 * The links of one node to all others.
 *
 * **Details**
 *
 * `send` never waits and never fails: a frame to a peer whose address is not known is lost, and so may be any other.
 * `place` says where a peer is from now on, whatever it says itself, and what waited for it at another address is dropped;
 * `forget` ends the link in both directions, until the peer connects again. `status` is in order of id.
 */
export interface Peers {
  readonly address: Address
  readonly send: (to: number, frame: Uint8Array) => void
  readonly place: (id: number, address: Address) => void
  readonly forget: (id: number) => void
  readonly status: () => ReadonlyArray<PeerStatus>
}

/**
 * Listens for the other nodes and connects to them, until the scope closes.
 *
 * **When to use**
 *
 * For nodes that send each other messages which may be lost, repeated by the protocol above, and reordered.
 *
 * **Details**
 *
 * Each ordered pair of nodes has one connection, opened by the side that sends. A node of another cluster, or of one that
 * others have founded, of no common version, or that is not the one that was meant is refused in the greeting, with a
 * reason that the other side's `status` tells. A peer's newer connection takes the place of its older one. Frames of one connection are handed to `onFrame` in
 * order, the next one when it has ended.
 */
export const openPeers = Effect.fnUntraced(function* (
  options: PeersOptions
): Effect.fn.Return<Peers, NetworkError, Scope> {
  const { network, onFrame, seed, self } = options
  const greeter = new Greeter(self, options.learnt)
  const settings: PeerSettings = { ...peerDefaults, ...options.settings }
  const links = new Map<number, PeerLink>()
  const learnt = new Set<number>()
  let advertised = ""
  const incoming = new Map<number, Deferred.Deferred<void>>()
  const run = yield* FiberMap.makeRuntime<never, number>()

  const stop = (id: number): void => {
    links.delete(id)
    run(id, Effect.void)
  }
  const connect = (id: number, address: Address): void => {
    const old = links.get(id)?.address
    if (old !== undefined && old.host === address.host && old.port === address.port) return
    const linkSeed = seed ^ Math.imul(id, 0x9e3779b1)
    const link = new PeerLink({ network, greeter, advertised: () => advertised, id, address, seed: linkSeed, settings })
    links.set(id, link)
    run(id, link.run)
  }
  const place = (id: number, address: Address): void => {
    learnt.delete(id)
    if (id !== self.id) connect(id, address)
  }
  const learn = ({ address: text, from }: Hello): void => {
    const address = readAddress(text)
    if (address === undefined || (links.has(from) && !learnt.has(from))) return
    learnt.add(from)
    connect(from, address)
  }
  const hangUp = (id: number): void => {
    const older = incoming.get(id)
    incoming.delete(id)
    if (older !== undefined) Deferred.doneUnsafe(older, Effect.void)
  }
  const welcomed = (hello: Hello, receiving: Effect.Effect<void>): Effect.Effect<void> =>
    Effect.suspend(() => {
      const id = hello.from
      hangUp(id)
      learn(hello)
      const replaced = Deferred.makeUnsafe<void>()
      incoming.set(id, replaced)
      const gone = Effect.sync(() => incoming.get(id) === replaced && incoming.delete(id))
      return Effect.ensuring(Effect.raceFirst(receiving, Deferred.await(replaced)), gone)
    })

  const places = yield* Semaphore.make(settings.maxConnections)
  const full = `A connection is closed: there are ${settings.maxConnections} already.`
  const address = yield* network.listen(options.listen, (connection) =>
    Semaphore.withPermitsIfAvailable(
      places,
      1
    )(receive(connection, { greeter, settings, onFrame, welcomed })).pipe(
      Effect.tap((served) => (Option.isNone(served) ? Effect.logWarning(full) : Effect.void))
    )
  )
  const { host, port } = options.advertised ?? address
  const reached = { host, port: port === 0 ? address.port : port }
  if (!isWildcard(reached)) advertised = showAddress(reached)
  for (const [id, where] of options.addresses) place(id, where)

  return {
    address,
    send: (to, frame) => links.get(to)?.send(frame),
    place,
    forget: (id) => {
      stop(id)
      learnt.delete(id)
      hangUp(id)
    },
    status: () => [...links].sort(([a], [b]) => a - b).map(([, link]) => link.status())
  }
})
