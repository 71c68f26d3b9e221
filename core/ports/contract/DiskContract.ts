import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Disk } from "../index.ts"
import type { ContractCase } from "./ContractCase.ts"
import { expectEqual, expectFailure } from "./ContractViolation.ts"

/**
 * What the cases work on.
 *
 * **Details**
 *
 * `disk` has an empty root. `other` is another opening of the same root, as a second process would have it; an adapter
 * that is its own root may give the same one twice.
 */
export interface DiskSubject {
  readonly disk: Disk
  readonly other: Disk
}

const bytes = (...values: ReadonlyArray<number>): Uint8Array => Uint8Array.from(values)

const filled = (length: number, seed: number): Uint8Array => {
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) out[i] = seed + i * 31
  return out
}

/**
 * The claims that every `Disk` keeps.
 *
 * **Details**
 *
 * `make` gives each case a subject with a root of its own.
 */
export const diskContract = <E>(make: Effect.Effect<DiskSubject, E, Scope>): ReadonlyArray<ContractCase> => {
  const claim = (
    name: string,
    check: (disk: Disk, other: Disk) => Effect.Effect<void, unknown, Scope>
  ): ContractCase => ({ name, run: Effect.flatMap(make, ({ disk, other }) => check(disk, other)) })

  return [
    claim(
      "chunks are written one after the other from the position, and read back from any",
      Effect.fnUntraced(function* (disk) {
        yield* disk.write("a", 0, [bytes(1, 2, 3), bytes(), bytes(4, 5)])
        yield* disk.write("a", 5, [bytes(6)])
        yield* expectEqual("the file", yield* disk.read("a", 0, 6), bytes(1, 2, 3, 4, 5, 6))
        yield* expectEqual("its middle", yield* disk.read("a", 2, 3), bytes(3, 4, 5))
      })
    ),
    claim(
      "a write of many and large chunks is whole",
      Effect.fnUntraced(function* (disk) {
        const chunks = Array.from({ length: 2500 }, (_, i) => filled(i % 700, i))
        yield* disk.write("large", 3, chunks)
        let at = 3
        for (const chunk of chunks) {
          yield* expectEqual(`the chunk at ${at}`, yield* disk.read("large", at, chunk.length), chunk)
          at += chunk.length
        }
        yield* expectEqual("the entries", yield* disk.list(""), [{ name: "large", isFolder: false, size: at }])
      })
    ),
    claim(
      "a write in the middle of a file replaces those bytes and no others",
      Effect.fnUntraced(function* (disk) {
        yield* disk.write("a", 0, [bytes(1, 2, 3, 4, 5)])
        yield* disk.write("a", 1, [bytes(9, 8)])
        yield* expectEqual("the file", yield* disk.read("a", 0, 9), bytes(1, 9, 8, 4, 5))
      })
    ),
    claim(
      "a read answers with fewer bytes than asked only at the end of the file",
      Effect.fnUntraced(function* (disk) {
        yield* disk.write("a", 0, [bytes(1, 2, 3)])
        yield* expectEqual("a read over the end", yield* disk.read("a", 1, 100), bytes(2, 3))
        yield* expectEqual("a read at the end", yield* disk.read("a", 3, 10), bytes())
        yield* expectEqual("a read beyond the end", yield* disk.read("a", 50, 10), bytes())
      })
    ),
    claim(
      "what a read answered does not change with the file",
      Effect.fnUntraced(function* (disk) {
        yield* disk.write("a", 0, [bytes(1, 2, 3)])
        const before = yield* disk.read("a", 0, 3)
        yield* disk.write("a", 0, [bytes(7, 7, 7)])
        yield* expectEqual("the earlier answer", before, bytes(1, 2, 3))
      })
    ),
    claim(
      "a write of no chunk creates the file",
      Effect.fnUntraced(function* (disk) {
        yield* disk.write("a", 0, [])
        yield* expectEqual("the entries", yield* disk.list(""), [{ name: "a", isFolder: false, size: 0 }])
      })
    ),
    claim(
      "bytes that were not written are zeros",
      Effect.fnUntraced(function* (disk) {
        yield* disk.write("a", 3, [bytes(1)])
        yield* expectEqual("a written gap", yield* disk.read("a", 0, 9), bytes(0, 0, 0, 1))
        yield* disk.truncate("a", 6)
        yield* expectEqual("an extended file", yield* disk.read("a", 0, 9), bytes(0, 0, 0, 1, 0, 0))
      })
    ),
    claim(
      "truncate cuts, and what is written later does not bring the old bytes back",
      Effect.fnUntraced(function* (disk) {
        yield* disk.write("a", 0, [filled(200_000, 1)])
        yield* disk.truncate("a", 2)
        yield* expectEqual("the cut file", yield* disk.read("a", 0, 9), filled(2, 1))
        yield* disk.truncate("a", 5)
        yield* disk.write("a", 6, [bytes(9)])
        yield* expectEqual("the file", yield* disk.read("a", 2, 9), bytes(0, 0, 0, 0, 9))
      })
    ),
    claim(
      "sync and syncFolder succeed on what exists",
      Effect.fnUntraced(function* (disk) {
        yield* disk.makeFolder("p")
        yield* disk.write("p/a", 0, [bytes(1)])
        yield* disk.sync("p/a")
        yield* disk.syncFolder("p")
        yield* disk.syncFolder("")
      })
    ),
    claim(
      "what does not exist is NotFound",
      Effect.fnUntraced(function* (disk) {
        yield* expectFailure("read", "NotFound", disk.read("a", 0, 1))
        yield* expectFailure("sync", "NotFound", disk.sync("a"))
        yield* expectFailure("truncate", "NotFound", disk.truncate("a", 1))
        yield* expectFailure("rename", "NotFound", disk.rename("a", "b"))
        yield* expectFailure("list", "NotFound", disk.list("p"))
        yield* expectFailure("syncFolder", "NotFound", disk.syncFolder("p"))
        yield* expectFailure("write in a missing folder", "NotFound", disk.write("p/a", 0, [bytes(1)]))
      })
    ),
    claim(
      "rename replaces the target, and the old name is free again",
      Effect.fnUntraced(function* (disk) {
        yield* disk.write("new", 0, [bytes(1)])
        yield* disk.write("old", 0, [bytes(2, 2)])
        yield* disk.rename("new", "old")
        yield* expectEqual("the target", yield* disk.read("old", 0, 9), bytes(1))
        yield* expectFailure("the old name", "NotFound", disk.read("new", 0, 1))
        yield* disk.write("new", 0, [bytes(3)])
        yield* expectEqual("the target", yield* disk.read("old", 0, 9), bytes(1))
      })
    ),
    claim(
      "remove takes a file, or a folder with all it holds, and what is missing is no error",
      Effect.fnUntraced(function* (disk) {
        yield* disk.makeFolder("p/q")
        yield* disk.write("p/q/a", 0, [bytes(1)])
        yield* disk.write("b", 0, [bytes(1)])
        yield* disk.read("p/q/a", 0, 1)
        yield* disk.remove("b")
        yield* disk.remove("p")
        yield* disk.remove("nothing")
        yield* expectEqual("the entries", yield* disk.list(""), [])
        yield* disk.makeFolder("p/q")
        yield* expectEqual("the folder made anew", yield* disk.list("p/q"), [])
        yield* disk.write("b", 0, [bytes(2, 3)])
        yield* expectEqual("the file made anew", yield* disk.read("b", 0, 9), bytes(2, 3))
      })
    ),
    claim(
      "folders come with their parents, twice is no error, and entries are sorted by name",
      Effect.fnUntraced(function* (disk) {
        yield* disk.makeFolder("b/c")
        yield* disk.makeFolder("b/c")
        yield* disk.write("b/z", 0, [bytes(1, 2)])
        yield* disk.write("b/B", 0, [bytes(1)])
        yield* expectEqual("the entries", yield* disk.list("b"), [
          { name: "B", isFolder: false, size: 1 },
          { name: "c", isFolder: true, size: 0 },
          { name: "z", isFolder: false, size: 2 }
        ])
      })
    ),
    claim(
      "more files are used in turn than can be open at once",
      Effect.fnUntraced(function* (disk) {
        const names = Array.from({ length: 40 }, (_, i) => `f${i}`)
        yield* Effect.forEach(names, (name, i) => disk.write(name, 0, [bytes(i)]), { concurrency: 20 })
        const read = yield* Effect.forEach(names, (name) => disk.read(name, 0, 2), { concurrency: 20 })
        yield* expectEqual(
          "the files",
          read,
          names.map((_, i) => bytes(i))
        )
      })
    ),
    claim(
      "the lock is held by one at a time, until its scope closes",
      Effect.fnUntraced(function* (disk, other) {
        yield* Effect.scoped(
          Effect.andThen(disk.lock, expectFailure("a second lock", "Locked", Effect.scoped(other.lock)))
        )
        yield* Effect.scoped(other.lock)
        yield* Effect.scoped(disk.lock)
      })
    )
  ]
}
