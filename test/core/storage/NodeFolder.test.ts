import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { killed, makeMemoryDisk, powerCut } from "../../../adapters/memory/index.ts"
import type { Disk } from "../../../core/ports/index.ts"
import { type NodeIdentity, openDataFolder, openNodeFolder } from "../../../core/storage/index.ts"

const node: NodeIdentity = { clusterId: "c", nodeId: 3, incarnation: 77 }
const open = (disk: Disk, identity = node) => Effect.scoped(openNodeFolder(disk, identity))
const text = new TextEncoder()

describe("the folder of a node", () => {
  it.effect("remembers the node and the incarnation that it was made for", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      expect(yield* open(disk)).toMatchObject({ ...node, isNew: true })
      expect(yield* open(disk, { ...node, incarnation: 78 })).toMatchObject({ ...node, isNew: true })
      const meta = yield* disk.read("meta.json", 0, 1000)
      expect(new TextDecoder().decode(meta)).toMatch(
        /^\{"kind":"node","format":1,"clusterId":"c","nodeId":3,"incarnation":77,"begun":false,"founders":"","checksum":"[0-9a-f]{8}"\}\n$/
      )
    })
  )

  it.effect("of which any bit has been turned is refused, and never taken for another node's", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      yield* open(disk)
      const meta = yield* disk.read("meta.json", 0, 1000)
      for (let bit = 0; bit < 8 * (meta.length - 1); bit++) {
        const turned = meta.slice()
        turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7))
        const rotten = makeMemoryDisk()
        yield* rotten.write("meta.json", 0, [turned])
        expect(yield* Effect.flip(open(rotten))).toMatchObject({ _tag: "DataFolderRefused" })
      }
    })
  )

  it.effect("is new until the node has begun, also if it is opened anew", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      yield* open(disk)
      const folder = yield* open(disk)
      yield* folder.begin("")
      const again = yield* open(disk)
      expect(again).toMatchObject({ ...node, isNew: false })
      yield* again.begin("")
      expect(yield* open(disk)).toMatchObject({ ...node, isNew: false })
    })
  )

  it.effect("remembers the founders that it has begun with, or those that it has learnt since", () =>
    Effect.gen(function* () {
      const [founder, joiner] = [makeMemoryDisk(), makeMemoryDisk()]
      yield* Effect.flatMap(open(founder), ({ begin }) => begin("1 2 3"))
      expect(yield* open(founder)).toMatchObject({ ...node, isNew: false, founders: "1 2 3" })
      yield* Effect.flatMap(open(joiner), ({ begin }) => begin(""))
      const again = yield* open(joiner)
      expect(again).toMatchObject({ isNew: false, founders: "" })
      yield* again.begin("1 2")
      expect(yield* open(joiner)).toMatchObject({ ...node, isNew: false, founders: "1 2" })
    })
  )

  it.effect("is opened by one at a time", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      yield* openNodeFolder(disk, node)
      expect(yield* Effect.flip(open(disk))).toMatchObject({ _tag: "DiskError", reason: "Locked" })
    })
  )

  it.effect("of another cluster, of another node or of a broker is refused and left as it is", () =>
    Effect.gen(function* () {
      const nodes = makeMemoryDisk()
      yield* open(nodes)
      const brokers = makeMemoryDisk()
      yield* Effect.scoped(openDataFolder(brokers, "c"))
      for (const [disk, identity, reason] of [
        [nodes, { ...node, clusterId: "d" }, "OtherCluster"],
        [nodes, { ...node, nodeId: 4 }, "OtherNode"],
        [brokers, node, "Foreign"]
      ] as const) {
        const before = yield* disk.read("meta.json", 0, 1000)
        expect(yield* Effect.flip(open(disk, identity))).toMatchObject({ _tag: "DataFolderRefused", reason })
        expect(yield* disk.read("meta.json", 0, 1000)).toEqual(before)
      }
    })
  )

  it.effect("is not taken by a broker for its own", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk()
      yield* open(disk)
      const error = yield* Effect.flip(Effect.scoped(openDataFolder(disk, "c")))
      expect(error).toMatchObject({ _tag: "DataFolderRefused", reason: "Foreign" })
      expect(error.message).toContain('of a "node" and not of a broker')
    })
  )

  it.effect("of another format, that says too little, or with other folders is refused and left as it is", () =>
    Effect.gen(function* () {
      for (const [meta, reason] of [
        ['{"kind":"node","format":2,"clusterId":"c","nodeId":3,"incarnation":1,"begun":true}', "UnknownFormat"],
        ['{"kind":"node","format":1,"clusterId":"c","nodeId":"3","incarnation":1,"begun":true}', "Unreadable"],
        ['{"kind":"node","format":1,"clusterId":"c","nodeId":3,"begun":true}', "Unreadable"],
        ['{"kind":"node","format":1,"clusterId":"c","nodeId":3,"incarnation":1,"begun":true}', "Unreadable"],
        ['{"kind":"cache"}', "Foreign"],
        ["[", "Unreadable"],
        ["7", "Unreadable"],
        [undefined, "Foreign"]
      ] as const) {
        const disk = makeMemoryDisk()
        yield* disk.makeFolder("records")
        if (meta !== undefined) yield* disk.write("meta.json", 0, [text.encode(meta)])
        const before = yield* disk.list("")
        const error = yield* Effect.flip(open(disk))
        expect(error).toMatchObject({ _tag: "DataFolderRefused", reason })
        expect(error.message).toMatch(/^The data folder is not opened, since [^:]+: [^:]+\.$/)
        if (reason === "Unreadable" || meta === undefined) expect(error.message).toContain("with a new id and an empty")
        expect(yield* disk.list("")).toEqual(before)
      }
    })
  )

  it.effect("whose making or beginning was cut short at any step is opened again, and keeps what it has said", () =>
    Effect.gen(function* () {
      for (let at = 0; at < 500; at++) {
        const disk = makeMemoryDisk({ crashable: true })
        disk.crashAfter(at)
        const made = yield* Effect.result(open(disk))
        const begun = made._tag === "Success" ? yield* Effect.exit(made.success.begin("1 2")) : undefined
        for (const survival of [killed, powerCut]) {
          const left = disk.crashed(survival)
          const opened = yield* open(left, { ...node, incarnation: 78 })
          if (made._tag === "Success") expect(opened.incarnation).toBe(77)
          if (begun?._tag === "Success") expect(opened).toMatchObject({ isNew: false, founders: "1 2" })
          const later = yield* open(left.crashed(powerCut), { ...node, incarnation: 79 })
          expect(later).toMatchObject({ incarnation: opened.incarnation, isNew: opened.isNew })
        }
        if (begun?._tag === "Success") return
      }
      expect.unreachable()
    })
  )
})
