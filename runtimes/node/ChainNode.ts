import { randomBytes } from "node:crypto"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { makeFileDisk } from "../../adapters/file/index.ts"
import { TcpNetwork, TlsNetwork, type TlsOptionInvalid, type TlsOptions } from "../../adapters/tcp/index.ts"
import {
  Chain,
  type ChainNode,
  checkNodeId,
  type Member,
  type NodeId,
  NodeOptionInvalid,
  type NodeOptions,
  type NodeStartError
} from "../../core/chain/index.ts"
import type { Address } from "../../core/ports/index.ts"

/** A member as it is written down: an id for a voter, or more of it. */
export type MemberOption = NodeId | (Pick<Member, "id"> & Partial<Pick<Member, "role" | "priority">>)

/**
 * What a node of a cluster is started with, on this machine.
 *
 * **Details**
 *
 * - `addresses`: where every node of the cluster is reached by the others, as `host:port` by its id, this one included
 * - `listen`: where this one listens, if that is not its address, such as `0.0.0.0:7001`
 * - `members`: those that found the cluster, the same on each of them (all in `addresses`, as voters); none on a node that
 *   joins it later
 * - `data`: the folder of this node and of nothing else; without one it keeps all in memory, and forgets what it has
 *   acknowledged when it ends: for tests only
 * - `tls`: certificates, where the nodes are to show each other who they are
 *
 * Everything else is as in `NodeOptions` of `odradek/core/chain`.
 */
export interface ChainNodeOptions<State> extends Omit<
  NodeOptions<State>,
  "addresses" | "listen" | "members" | "disk" | "network" | "entropy"
> {
  readonly addresses: Readonly<Record<NodeId, string>>
  readonly listen?: string | undefined
  readonly members?: ReadonlyArray<MemberOption> | undefined
  readonly data?: string | undefined
  readonly tls?: TlsOptions | undefined
}

/** An address that is not written as `host:port`, or is missing. `message` is one sentence that says what to do. */
export class NodeAddressInvalid extends Data.TaggedError("NodeAddressInvalid")<{
  readonly node: NodeId
  readonly address: string
  readonly message: string
}> {}

const addressForm = /^(?:\[([^\]\s]+)\]|([^:\s[\]]+)):(\d{1,5})$/

/** Reads an address of a node; port 0 takes a free one. */
export const nodeAddress = (node: NodeId, text: string | undefined): Effect.Effect<Address, NodeAddressInvalid> => {
  const parts = addressForm.exec(text ?? "")
  const host = parts?.[1] ?? parts?.[2]
  const port = Number(parts?.[3])
  if (host !== undefined && port <= 65_535) return Effect.succeed({ host, port })
  const message =
    text === undefined
      ? `Node ${node} has no address: give it one.`
      : `"${text}" is no address of node ${node}: write host:port.`
  return Effect.fail(new NodeAddressInvalid({ node, address: text ?? "", message }))
}

/** A member with all that it has. */
export const memberOf = (option: MemberOption): Member => {
  const { id, priority = 0, role = "Voter" } = typeof option === "number" ? { id: option } : option
  return { id, role, priority, incarnation: 0 }
}

/** Loaded only for a node that keeps nothing. */
const memoryDisk = Effect.map(
  Effect.promise(() => import("../../adapters/memory/index.ts")),
  ({ makeMemoryDisk }) => makeMemoryDisk()
)

/** Three unpredictable 32-bit numbers. */
const entropy = (): readonly [number, number, number] => {
  const bytes = randomBytes(12)
  return [bytes.readUInt32BE(0), bytes.readUInt32BE(4), bytes.readUInt32BE(8)]
}

/**
 * Starts a node of a cluster in this process, over TCP and with its files in a folder, and runs it until the scope closes.
 *
 * **Example**
 *
 * ```ts
 * const node = yield* openChainNode({
 *   id: 1,
 *   clusterId: "shop",
 *   addresses: { 1: "a:7001", 2: "b:7001", 3: "c:7001" },
 *   data: "/var/lib/shop",
 *   application: KeyValues.application
 * })
 * ```
 */
export const openChainNode = Effect.fnUntraced(function* <State>(
  options: ChainNodeOptions<State>
): Effect.fn.Return<ChainNode<State>, NodeStartError | NodeAddressInvalid | TlsOptionInvalid, Scope> {
  const { addresses: texts, data, id, listen, members, tls, ...rest } = options
  const noId = checkNodeId(id)
  if (noId !== undefined) return yield* noId
  if (typeof texts !== "object" || texts === null) {
    const message = 'The node knows no addresses: give them as { 1: "host:port", 2: "host:port" }, its own among them.'
    return yield* new NodeOptionInvalid({ option: "addresses", message })
  }
  const addresses = new Map<NodeId, Address>()
  for (const [node, text] of Object.entries(texts)) {
    if (checkNodeId(Number(node)) !== undefined) {
      const message = `"${node}" among the addresses is no id of a node: give whole numbers from 1 on.`
      return yield* new NodeOptionInvalid({ option: "addresses", message })
    }
    addresses.set(Number(node), yield* nodeAddress(Number(node), text))
  }
  const own = yield* nodeAddress(id, listen ?? texts[id])
  const network = tls === undefined ? TcpNetwork : yield* TlsNetwork.make(tls)
  const disk = data === undefined ? yield* memoryDisk : yield* makeFileDisk({ root: data })
  return yield* Chain.node<State>({
    ...rest,
    id,
    addresses,
    listen: own,
    members: (members ?? Object.keys(texts).map(Number)).map(memberOf),
    disk,
    network,
    entropy: entropy()
  }).pipe(Effect.catchTag("DataFolderRefused", (error) => Effect.fail(data === undefined ? error : error.at(data))))
})
