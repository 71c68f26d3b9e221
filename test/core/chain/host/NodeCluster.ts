import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import {
  Chain,
  type Applied,
  type ChainNode,
  KeyValues,
  type KeyValuesAnswer,
  type KeyValuesState,
  type Member,
  type MemberRole,
  type NodeOptions,
  NodeStopped
} from "../../../../core/chain/index.ts"
import type { Address, Disk, DiskError, Network } from "../../../../core/ports/index.ts"

/** Where the nodes of a test live: what each has for a disk, and how they reach each other. */
export interface Place {
  readonly network: Network
  readonly addressOf: (id: number) => Address
  /** The disk as the node's last life has left it. */
  readonly disk: (id: number) => Effect.Effect<Disk, DiskError, Scope.Scope>
  /** The node is about to be ended without a word: what the disk has now, and not more, is found by its next life. */
  readonly cut: (id: number) => void
  /** How long a leader may be silent, in milliseconds. */
  readonly electionMs: number
}

type Options = Partial<NodeOptions<KeyValuesState>>
type Node = ChainNode<KeyValuesState>

export const voter = (id: number, role: MemberRole = "Voter"): Member => ({ id, role, priority: 0, incarnation: 0 })

const command = KeyValues.command

/** Waits until it is so; a test that waits in vain runs into its own deadline. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.andThen(Effect.sleep(5), until(condition))))

const hasStopped = (error: unknown): boolean => error instanceof NodeStopped

/** Tries again and again what a change of leaders may refuse. */
export const persistently = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A> =>
  Effect.catch(effect, (error) =>
    hasStopped(error) ? Effect.die(error) : Effect.andThen(Effect.sleep(10), persistently(effect))
  )

export const add = (node: Node, key: string, amount = 1): Effect.Effect<Applied> =>
  persistently(node.propose(command({ _tag: "Add", key, amount }), { timeoutMs: 2000 }))

export const put = (node: Node, key: string, value: string): Effect.Effect<Applied> =>
  persistently(node.propose(command({ _tag: "Put", key, value: new TextEncoder().encode(value) }), { timeoutMs: 2000 }))

export const answerOf = ({ answer }: Applied): KeyValuesAnswer => KeyValues.answer(answer)

const textIn = (key: string) => (state: KeyValuesState) => {
  const found = KeyValues.get(state, key)
  return found === undefined ? undefined : new TextDecoder().decode(found.value)
}

export const read = (node: Node, key: string): Effect.Effect<string | undefined> =>
  persistently(node.read(textIn(key), { timeoutMs: 2000 }))

export const local = (node: Node, key: string): string | undefined => node.readLocal(textIn(key))

/** Nodes of a cluster that a test starts and ends. */
export class NodeCluster {
  readonly #place: Place
  readonly #options: Options
  readonly #members: ReadonlyArray<Member>
  readonly #running = new Map<number, { readonly node: Node; readonly scope: Scope.Closeable }>()
  #starts = 0

  constructor(place: Place, members: ReadonlyArray<Member>, options: Options = {}) {
    this.#place = place
    this.#members = members
    this.#options = options
  }

  /** Starts a node; one that is no member from the beginning joins later. */
  readonly start = Effect.fnUntraced({ self: this }, function* (this: NodeCluster, id: number, options: Options = {}) {
    const { addressOf, disk, electionMs, network } = this.#place
    const scope = yield* Scope.make()
    const life = ++this.#starts
    const isMember = this.#members.some((member) => member.id === id)
    const others = [1, 2, 3, 4, 5].filter((other) => other !== id)
    const node = yield* Chain.node({
      id,
      clusterId: "shop",
      members: isMember ? this.#members : [],
      listen: addressOf(id),
      addresses: new Map(others.map((other) => [other, addressOf(other)])),
      disk: yield* Scope.provide(disk(id), scope),
      network,
      application: KeyValues.application,
      entropy: [id, id * 31, life * 7919],
      peers: { minBackoffMs: 5, maxBackoffMs: 50 },
      ...this.#options,
      ...options,
      settings: { electionMs, spreadMs: electionMs, heartbeatMs: 50, ...this.#options.settings, ...options.settings }
    }).pipe(
      Scope.provide(scope),
      Effect.onError(() => Scope.close(scope, Exit.void)),
      // Most nodes here are told of peers that are never started.
      Effect.provide(Logger.layer([]))
    )
    this.#running.set(id, { node, scope })
    return node
  })

  /** Starts all that begin the cluster. */
  get startAll() {
    return Effect.forEach(this.#members, ({ id }) => this.start(id))
  }

  /** Ends a node, as a program that is asked to end does. */
  stop(id: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      const running = this.#running.get(id)
      this.#running.delete(id)
      return running === undefined ? Effect.void : Scope.close(running.scope, Exit.void)
    })
  }

  /** Ends a node without a word. */
  kill(id: number): Effect.Effect<void> {
    this.#place.cut(id)
    return this.stop(id)
  }

  /** Ends all that run. */
  get end(): Effect.Effect<void> {
    return Effect.forEach([...this.#running.keys()], (id) => this.stop(id), { discard: true })
  }

  get nodes(): ReadonlyArray<Node> {
    return [...this.#running.values()].map(({ node }) => node)
  }

  node(id: number): Node {
    const running = this.#running.get(id)
    if (running === undefined) throw new Error(`node ${id} does not run`)
    return running.node
  }

  #leader(): Node | undefined {
    const leader = this.nodes.find((node) => node.status().role === "Leader")
    const members = leader?.status().configuration.members.map(({ id }) => id) ?? []
    const isKnown = this.nodes.every((node) => !members.includes(node.id) || node.status().leader === leader?.id)
    return isKnown ? leader : undefined
  }

  /** The leader that all its members know that run. */
  get leader(): Effect.Effect<Node> {
    return Effect.map(
      until(() => this.#leader() !== undefined),
      () => this.#leader()!
    )
  }

  /** One that follows the leader. */
  get follower(): Effect.Effect<Node> {
    return Effect.map(this.leader, ({ id }) => this.nodes.find((node) => node.id !== id)!)
  }
}
