import type { EventRecord, JournalHead, WriteStep } from "../../ports/index.ts"
import { ModelStore } from "../journal/JournalModel.ts"

const isSame = (one: JournalHead, other: JournalHead): boolean =>
  one.offset === other.offset &&
  one.seqNr === other.seqNr &&
  one.deleteTo === other.deleteTo &&
  one.recordId === other.recordId

/**
 * A store without transactions that fences heads as well as the pointer, and keeps the events of each incarnation of a
 * journal apart, as that in DynamoDB does.
 */
export class FencingStore extends ModelStore {
  private readonly incarnations = new Map<string, Map<string, Map<number, EventRecord>>>()

  override write(steps: ReadonlyArray<WriteStep>): boolean {
    return steps.every((step) => this.carryOut(step))
  }

  override events(id: string, from: number, to: number, limit: number): ReadonlyArray<EventRecord> {
    const head = this.heads.get(id)
    const rows = head === undefined ? undefined : this.rowsOf(id, head.recordId)
    return [...(rows?.values() ?? [])]
      .filter(({ seqNr }) => seqNr >= from && seqNr <= to && seqNr > (head?.deleteTo ?? 0))
      .sort((a, b) => a.seqNr - b.seqNr)
      .slice(0, limit)
  }

  private rowsOf(id: string, recordId: string): Map<number, EventRecord> {
    const all = this.incarnations.get(id) ?? new Map<string, Map<number, EventRecord>>()
    const rows = all.get(recordId) ?? new Map<number, EventRecord>()
    this.incarnations.set(id, all.set(recordId, rows))
    return rows
  }

  private carryOut(step: WriteStep): boolean {
    switch (step._tag) {
      case "PutPointer":
        if (step.previous !== this.pointer) return false
        this.pointer = step.offset
        return true
      case "PutEvents":
        for (const event of step.events) this.rowsOf(step.key.id, step.head.recordId).set(event.seqNr, event)
        return true
      case "PutHead":
        return this.putHead(step.key.id, step.head, step.previous)
      case "RemoveHead": {
        const head = this.heads.get(step.key.id)
        if (head !== undefined && (step.previous === undefined || !isSame(head, step.previous))) return false
        this.heads.delete(step.key.id)
        return true
      }
      case "RemoveEvents": {
        const rows = this.rowsOf(step.key.id, step.head.recordId)
        for (const seqNr of rows.keys()) if (seqNr >= step.from && seqNr <= step.to) rows.delete(seqNr)
        return true
      }
    }
  }

  /** A head takes the place of the one that the plan was made from, and a first one that of none, beyond the pointer. */
  private putHead(id: string, head: JournalHead, previous: JournalHead | undefined): boolean {
    const stored = this.heads.get(id)
    if (stored !== undefined && isSame(stored, head)) return true
    const may =
      previous === undefined
        ? (this.pointer ?? -1) < head.offset && stored === undefined
        : stored !== undefined && isSame(stored, previous)
    if (may) this.heads.set(id, head)
    return may
  }
}
