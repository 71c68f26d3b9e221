import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe } from "vitest"
import { killed, makeMemoryDisk, powerCut } from "../../../adapters/memory/index.ts"
import { diskContract } from "../../../core/ports/contract/index.ts"

const subject = Effect.sync(() => {
  const disk = makeMemoryDisk()
  return { disk, other: disk }
})

const bytes = (...values: ReadonlyArray<number>): Uint8Array => Uint8Array.from(values)

describe("a disk in memory", () => {
  for (const { name, run } of diskContract(subject)) it.effect(name, () => run)

  it.effect("refuses what goes beyond its bound, and has room again after a removal", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk({ maxBytes: 10 })
      yield* disk.write("a", 0, [new Uint8Array(10)])
      yield* disk.write("a", 0, [new Uint8Array(10)])
      expect((yield* Effect.flip(disk.write("b", 0, [bytes(1)]))).reason).toBe("Full")
      yield* disk.remove("a")
      yield* disk.write("b", 0, [new Uint8Array(10)])
      expect(disk.bytes()).toBe(10)
    })
  )

  it.effect("leaves after a kill all that was written, also what was not synced", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk({ crashable: true })
      yield* disk.makeFolder("p")
      yield* disk.write("p/a", 0, [bytes(1, 2), bytes(3)])
      expect(yield* disk.crashed(killed).read("p/a", 0, 9)).toEqual(bytes(1, 2, 3))
    })
  )

  it.effect("loses in a power cut what was not synced, of files and of folders", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk({ crashable: true })
      yield* disk.write("a", 0, [bytes(1, 2)])
      yield* disk.write("b", 0, [bytes(1)])
      yield* disk.sync("a")
      yield* disk.syncFolder("")
      yield* disk.write("a", 1, [bytes(9, 9)])
      yield* disk.write("c", 0, [bytes(1)])
      const left = disk.crashed(powerCut)
      expect((yield* left.list("")).map(({ name, size }) => [name, size])).toEqual([
        ["a", 2],
        ["b", 0]
      ])
      expect(yield* left.read("a", 0, 9)).toEqual(bytes(1, 2))
    })
  )

  it.effect("may keep in a power cut any part of what was not synced, also a later one", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk({ crashable: true })
      yield* disk.write("a", 0, [bytes(1, 2)])
      yield* disk.write("a", 2, [bytes(3, 4)])
      const kept = [0, 1]
      const left = disk.crashed({ bytes: () => kept.shift()!, entries: "last" })
      expect(yield* left.read("a", 0, 9)).toEqual(bytes(0, 0, 3))
    })
  )

  it.effect("may lose in a power cut what an earlier kill left, unless it was synced since", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk({ crashable: true })
      yield* disk.write("a", 0, [bytes(1)])
      yield* disk.write("b", 0, [bytes(1)])
      const left = disk.crashed(killed)
      yield* left.sync("a")
      yield* left.syncFolder("")
      const later = left.crashed(powerCut)
      expect(yield* later.read("a", 0, 9)).toEqual(bytes(1))
      expect(yield* later.read("b", 0, 9)).toEqual(bytes())
    })
  )

  it.effect("stops in the middle of a write after the given number of steps, and for good", () =>
    Effect.gen(function* () {
      const disk = makeMemoryDisk({ crashable: true })
      yield* disk.write("a", 0, [])
      disk.crashAfter(3)
      yield* Effect.flip(disk.write("a", 0, [bytes(1, 2), bytes(3, 4)]))
      yield* Effect.flip(disk.read("a", 0, 1))
      expect(yield* disk.crashed(killed).read("a", 0, 9)).toEqual(bytes(1, 2, 3))
    })
  )
})
