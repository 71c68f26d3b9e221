import type { LogRecord } from "../../log/index.ts"
import type { Prng } from "../../simulation/index.ts"
import { foreignRecord, ModelLog, nameOf, recordOf, sameTruth, showTruth, truthAt } from "../journal/JournalModel.ts"
import type { Deed, ModelStore } from "../journal/JournalModel.ts"

const ids = ["a", "b"]

/** A partition: its log, its store, and how far the mapping is. */
export class LambdaPartition {
  readonly partition: number
  readonly log = new ModelLog()
  readonly store: ModelStore
  /** What the mapping's group has committed. */
  committed = 0
  /** Records that the mapping has given up, or never hands over. */
  readonly givenUp = new Set<number>()
  /** The record that cannot be read. */
  poison: number | undefined
  /** Whether the mapping began behind the log's beginning. */
  isLate = false
  /** How often the store was restored from a backup. */
  restores = 0
  private backup: (() => void) | undefined

  constructor(partition: number, store: ModelStore) {
    this.partition = partition
    this.store = store
  }

  /** Appends what a writer would, most often; `gap` offsets behind it stay empty. */
  write(random: Prng, timestamp: number, gap: number): void {
    if (random.chance(5)) {
      this.log.add({ ...foreignRecord, timestamp }, gap)
      return
    }
    const id = random.pick(ids)
    this.append(id, this.nextDeed(id, random), timestamp, gap)
  }

  private append(id: string, deed: Deed, timestamp: number, gap: number): void {
    const { log } = this
    const offset = log.add({ ...recordOf(id, deed, `${log.end}`), timestamp }, gap)
    log.deeds.push({ id, offset, deed })
  }

  private nextDeed(id: string, random: Prng): Deed {
    const last = truthAt(this.log, id, this.log.end).state?.seqNr ?? 0
    const roll = random.below(100)
    if (roll < 75) {
      const first = random.chance(85) ? last + 1 : 1 + random.below(last + 1)
      return { _tag: "Append", seqNrs: Array.from({ length: 1 + random.below(2) }, (_, at) => first + at) }
    }
    if (roll < 90) return { _tag: "Delete", to: 1 + random.below(last + 1) }
    return { _tag: "Purge" }
  }

  /** The mapping's filter leaves out the last record. */
  filterLast(): void {
    const last = this.records(0, this.log.end).at(-1)
    if (last !== undefined) this.givenUp.add(last.offset)
  }

  /** Appends a record that cannot be read, once. */
  writePoison(timestamp: number): void {
    if (this.poison !== undefined) return
    const headers = [{ name: "journal.action", value: new Uint8Array([0]) }]
    this.poison = this.log.add({ timestamp, key: new Uint8Array([97]), value: null, headers }, 0)
  }

  backUp(): void {
    this.backup = this.store.backUp()
  }

  /** Restores the store from its backup, and tells whether there is one. */
  restore(): boolean {
    if (this.backup === undefined) return false
    this.backup()
    this.restores++
    return true
  }

  /** The records from an offset to the one before another. */
  records(from: number, to: number): ReadonlyArray<LogRecord> {
    return (this.log.read(from, Infinity)?.records ?? []).filter(({ offset }) => offset < to)
  }

  /** The first record that the store lacks. */
  get missing(): number | undefined {
    return this.records((this.store.pointer ?? -1) + 1, this.log.end)[0]?.offset
  }

  /** In which journal the store differs from the log up to its pointer, and how. */
  difference(): string | undefined {
    const { log, store } = this
    const before = (store.pointer ?? -1) + 1
    for (const id of ids) {
      const truth = truthAt(log, id, before)
      const head = store.heads.get(id)
      const kept = {
        state: head === undefined ? undefined : { seqNr: head.seqNr, deleteTo: head.deleteTo },
        events: store.events(id, 1, Number.MAX_SAFE_INTEGER, 1000).map(nameOf)
      }
      if (!sameTruth(kept, truth)) return `the store has of ${id}\n${showTruth(kept)} and not\n${showTruth(truth)}`
    }
    return undefined
  }
}
