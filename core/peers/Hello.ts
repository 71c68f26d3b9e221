import type { Result } from "effect/Result"
import { type DecodeError, decodeWith, Reader, Writer } from "../bytes/index.ts"

/** The first four bytes of every greeting: `ODRP`. */
const magic = 0x4f445250

/** The versions of the protocol between peers that this package speaks. */
export const peerVersions = { min: 1, max: 1 } as const

/** The longest greeting, in bytes. */
export const maxHelloBytes = 65_536

/**
 * What the side that opened a connection says first: who it is, and whom it means to have reached.
 *
 * **Details**
 *
 * `incarnation` is what the sender's folder was marked with when it was made. `address` is where the sender is reached, as
 * `host:port`, and `founders` who has founded its cluster; each is empty where it does not know.
 */
export interface Hello {
  readonly minVersion: number
  readonly maxVersion: number
  readonly clusterId: string
  readonly from: number
  readonly incarnation: number
  readonly to: number
  readonly address: string
  readonly founders: string
}

/**
 * Why a connection between peers is refused by the side that was reached.
 *
 * - `OtherCluster`: it belongs to another cluster
 * - `NoCommonVersion`: the two speak no common version of the protocol
 * - `OtherNode`: it is not the node that was meant
 * - `OtherFounders`: its cluster has the same name, and was founded by others
 */
export type HelloRefusal = "OtherCluster" | "NoCommonVersion" | "OtherNode" | "OtherFounders"

/** What the side that was reached answers. `detail` says who it is, for people. */
export type Welcome =
  | { readonly _tag: "Welcome"; readonly version: number; readonly incarnation: number }
  | { readonly _tag: "Refused"; readonly reason: HelloRefusal; readonly detail: string }

/**
 * Who answers a greeting.
 *
 * **Details**
 *
 * `founders` says who has founded the cluster; it is empty on a node that joins and has not learnt it yet.
 */
export interface Greeted {
  readonly clusterId: string
  readonly id: number
  readonly incarnation: number
  readonly founders: string
}

/** How the cluster of one node differs from that of another, which is called by its id. */
export const foundedApart = (founders: string, other: { readonly id: number; readonly founders: string }): string =>
  `its cluster was founded with the members ${founders}, and that of node ${other.id} with the members ${other.founders}`

/** What a node answers to a greeting. */
export const greet = (hello: Hello, self: Greeted): Welcome => {
  const version = Math.min(hello.maxVersion, peerVersions.max)
  if (version < Math.max(hello.minVersion, peerVersions.min)) {
    const detail = `it speaks versions ${peerVersions.min} to ${peerVersions.max}, and was offered ${hello.minVersion} to ${hello.maxVersion}`
    return { _tag: "Refused", reason: "NoCommonVersion", detail }
  }
  if (hello.clusterId !== self.clusterId) {
    return { _tag: "Refused", reason: "OtherCluster", detail: `it belongs to the cluster "${self.clusterId}"` }
  }
  if (hello.to !== self.id || hello.from === self.id) {
    return { _tag: "Refused", reason: "OtherNode", detail: `it is node ${self.id}` }
  }
  const { from: id, founders } = hello
  if (founders !== "" && self.founders !== "" && founders !== self.founders) {
    return { _tag: "Refused", reason: "OtherFounders", detail: foundedApart(self.founders, { id, founders }) }
  }
  return { _tag: "Welcome", version, incarnation: self.incarnation }
}

const text = (writer: Writer, value: string): void => {
  const length = writer.reserveInt32()
  writer.patchInt32(length, writer.utf8(value))
}

/** A greeting as the content of a frame. */
export const encodeHello = (hello: Hello): Uint8Array => {
  const writer = new Writer()
  writer.int32(magic)
  writer.int16(hello.minVersion)
  writer.int16(hello.maxVersion)
  writer.int64(hello.from)
  writer.int64(hello.incarnation)
  writer.int64(hello.to)
  text(writer, hello.clusterId)
  text(writer, hello.address)
  text(writer, hello.founders)
  return writer.finish()
}

/** Reads a greeting; `undefined` when what came is none. Later versions may say more behind it. */
export const decodeHello = (bytes: Uint8Array): Result<Hello | undefined, DecodeError> =>
  decodeWith(() => {
    const reader = new Reader(bytes)
    if (reader.int32() !== magic) return undefined
    const [minVersion, maxVersion] = [reader.int16(), reader.int16()]
    const [from, incarnation, to] = [reader.int64(), reader.int64(), reader.int64()]
    const [clusterId, address] = [reader.utf8(reader.int32()), reader.utf8(reader.int32())]
    const founders = reader.utf8(reader.int32())
    return { minVersion, maxVersion, clusterId, from, incarnation, to, address, founders }
  })

const refusals: ReadonlyArray<HelloRefusal> = ["OtherCluster", "NoCommonVersion", "OtherNode", "OtherFounders"]

/** An answer as the content of a frame. */
export const encodeWelcome = (welcome: Welcome): Uint8Array => {
  const writer = new Writer()
  writer.int32(magic)
  if (welcome._tag === "Welcome") {
    writer.int8(0)
    writer.int16(welcome.version)
    writer.int64(welcome.incarnation)
  } else {
    writer.int8(1 + refusals.indexOf(welcome.reason))
    text(writer, welcome.detail)
  }
  return writer.finish()
}

/** Reads an answer; `undefined` when what came is none. */
export const decodeWelcome = (bytes: Uint8Array): Result<Welcome | undefined, DecodeError> =>
  decodeWith((): Welcome | undefined => {
    const reader = new Reader(bytes)
    if (reader.int32() !== magic) return undefined
    const kind = reader.int8()
    if (kind === 0) return { _tag: "Welcome", version: reader.int16(), incarnation: reader.int64() }
    const reason = refusals[kind - 1]
    return reason === undefined ? undefined : { _tag: "Refused", reason, detail: reader.utf8(reader.int32()) }
  })
