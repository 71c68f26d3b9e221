import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Disk, DiskError } from "../ports/index.ts"
import { DataFolderRefused, refused } from "./DataFolderRefused.ts"
import { findMeta, metaFile, writeMeta } from "./MetaFile.ts"

/** The format of a node's files that this version writes and reads. */
export const nodeFormat = 1

const kind = "node"

/**
 * Which life of which node a folder belongs to.
 *
 * **Details**
 *
 * `incarnation` is drawn anew for every new folder: by it the others recognise a node that has lost its disk (as by the
 * directory ids of KIP-853).
 */
export interface NodeIdentity {
  readonly clusterId: string
  readonly nodeId: number
  readonly incarnation: number
}

/**
 * The folder of a node, locked.
 *
 * **Details**
 *
 * `isNew` until `begin` has been done once: from then on the node has said something to others, and what it keeps must be
 * there whenever the folder is opened. `founders` are those who have founded the cluster, as a text; it is empty as long as
 * the node does not know them.
 */
export interface NodeFolder extends NodeIdentity {
  readonly isNew: boolean
  readonly founders: string
  /** Writes down that the node has begun, and who has founded its cluster, on the disk. */
  readonly begin: (founders: string) => Effect.Effect<void, DiskError>
}

/** What a copy of the file cannot mend: nothing says that the copy is of the same life. */
const lost =
  "treat the node as lost, take it out of the cluster, and put one with a new id and an empty folder in its place"

const isNatural = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

type Meta = NodeIdentity & { readonly begun: boolean; readonly founders: string }

const readMeta = (meta: Readonly<Record<string, unknown>>): Meta | DataFolderRefused => {
  const { begun, clusterId, format, founders, incarnation, nodeId } = meta
  if (meta["kind"] !== kind) {
    return refused("Foreign", "it is not of a node but of a broker or of something else", "choose an empty folder")
  }
  if (format !== nodeFormat) {
    const why = `its files have format ${JSON.stringify(format)} and this version reads ${nodeFormat}`
    return refused("UnknownFormat", why, "use the version that wrote them")
  }
  const isWhole = typeof meta["checksum"] === "string" && typeof begun === "boolean"
  if (
    !isWhole ||
    typeof founders !== "string" ||
    typeof clusterId !== "string" ||
    !isNatural(nodeId) ||
    !isNatural(incarnation)
  ) {
    return refused("Unreadable", `its ${metaFile} does not say which node it belongs to`, lost)
  }
  return { clusterId, nodeId, incarnation, begun, founders }
}

/** Why a folder does not belong to this node; `undefined` when it does. */
const mismatch = (meta: Meta, { clusterId, nodeId }: NodeIdentity): DataFolderRefused | undefined => {
  if (meta.clusterId !== clusterId) {
    const why = `it belongs to a node of cluster ${JSON.stringify(meta.clusterId)} and not of ${JSON.stringify(clusterId)}`
    return refused("OtherCluster", why, "choose the folder of this cluster, or an empty one where the node is new")
  }
  if (meta.nodeId === nodeId) return undefined
  const why = `it belongs to node ${meta.nodeId} and not to node ${nodeId}`
  return refused("OtherNode", why, "choose the folder of this node, or an empty one where the node is new")
}

/**
 * Locks the root of the disk for this process, and makes sure that it is the folder of this node; an empty one is made so.
 *
 * **Details**
 *
 * The lock is held until the scope closes. The incarnation that is given counts only for an empty folder: otherwise the
 * folder's own is answered.
 */
export const openNodeFolder = Effect.fnUntraced(function* (
  disk: Disk,
  node: NodeIdentity
): Effect.fn.Return<NodeFolder, DiskError | DataFolderRefused, Scope> {
  yield* disk.lock
  const write = (meta: Meta) => writeMeta(disk, { kind, format: nodeFormat, ...meta })
  const folderOf = ({ begun, ...identity }: Meta): NodeFolder => ({
    ...identity,
    isNew: !begun,
    begin: (founders) =>
      begun && founders === identity.founders ? Effect.void : write({ ...identity, begun: true, founders })
  })

  const found = yield* findMeta(disk)
  switch (found._tag) {
    case "Unreadable":
      return yield* refused("Unreadable", `its ${metaFile} ${found.why}`, lost)
    case "Foreign":
      return yield* refused(
        "Foreign",
        `it has a folder "${found.folder}" and no ${metaFile}`,
        `choose an empty folder, or if a node was here ${lost}`
      )
    case "Meta": {
      const meta = readMeta(found.fields)
      if (meta instanceof DataFolderRefused) return yield* meta
      const other = mismatch(meta, node)
      if (other !== undefined) return yield* other
      // A life that has written it may have ended before its name was on the disk.
      yield* disk.syncFolder("")
      return folderOf(meta)
    }
    case "Empty": {
      const { clusterId, incarnation, nodeId } = node
      const made: Meta = { clusterId, nodeId, incarnation, begun: false, founders: "" }
      yield* write(made)
      return folderOf(made)
    }
  }
})
