import { sameBlock, showBlock } from "../../chain/index.ts"
import type { BlockId, ChainInput, ChainState, SnapshotName } from "../../chain/index.ts"

/** Says that something does not hold of a node. */
type Fail = (invariant: string, what: string) => never

/**
 * What must hold of the snapshots that one life of a node takes and installs.
 *
 * **Details**
 *
 * Disks refuse what comes out of turn, and nodes begin anew then: most of these mistakes cost only time, and seldom an
 * application its state. Here they are seen as they are made.
 */
export class SnapshotRules {
  private readonly fail: Fail
  private kept: ChainState["kept"]
  private commit: ChainState["commit"]
  /** The request by which a snapshot takes the application's place; 0 while none does. */
  private installing = 0
  /** The snapshot of which so many bytes are aside, of how many. */
  private aside: BlockId | undefined
  private filled = 0
  private size = 0

  constructor({ commit, kept }: ChainState, fail: Fail) {
    this.fail = fail
    this.kept = kept
    this.commit = commit
  }

  stepped({ campaign, commit, kept, lead }: ChainState, input: ChainInput): void {
    if (this.installing !== 0) {
      const ended = input._tag === "SnapshotInstalled" || input._tag === "SnapshotFailed"
      if (ended && input.request === this.installing) this.installing = 0
      else if (commit !== this.commit) this.beside("commits")
      else if (lead !== undefined) this.beside("leads")
      else if (campaign !== undefined) this.beside("campaigns")
    }
    this.commit = commit
    if (kept !== this.kept) this.renewed(kept)
  }

  private renewed(kept: ChainState["kept"]): void {
    const [before, now] = [this.kept, kept].map((one) => one?.snapshot.block.counter ?? 0)
    this.kept = kept
    if (now === undefined || before === undefined || now >= before) return
    this.fail("S13 snapshots", `takes a snapshot of height ${now} for its newest, and has one of height ${before}`)
  }

  private beside(what: string): never {
    return this.fail("S13 nothing beside an installation", `${what} while a snapshot takes its application's place`)
  }

  /** Whether a snapshot takes the application's place. */
  isInstalling(): boolean {
    return this.installing !== 0
  }

  /** A snapshot is to be taken. */
  takes(): void {
    if (this.installing !== 0) this.beside("takes another one")
  }

  /** A snapshot is to take the application's place. */
  installs({ campaign, lead }: ChainState, request: number): void {
    this.installing = request
    if (lead !== undefined) this.beside("leads")
    if (campaign !== undefined) this.beside("campaigns")
  }

  /** Bytes are put aside: the first ones of a snapshot, or those that follow on what is there. */
  puts({ block }: SnapshotName, size: number, offset: number): void {
    const follows = this.aside !== undefined && sameBlock(this.aside, block) && this.filled === offset
    if (offset > 0 && !follows) {
      this.outOfTurn(
        `puts the bytes of ${showBlock(block)} from ${offset} on aside, which do not follow on what is there`
      )
    }
    this.size = size
  }

  /** So many bytes are aside now; none where that has failed. */
  isAside({ block }: SnapshotName, filled: number | undefined): void {
    this.aside = filled === undefined ? undefined : block
    this.filled = filled ?? 0
  }

  /** What is aside is installed. */
  isWhole({ block }: SnapshotName): void {
    const { aside, filled, size } = this
    this.aside = undefined
    if (aside !== undefined && sameBlock(aside, block) && filled === size) return
    this.outOfTurn(`installs a snapshot of ${showBlock(block)}, of which ${filled} of ${size} bytes are there`)
  }

  private outOfTurn(what: string): never {
    return this.fail("S13 bytes in their turn", what)
  }
}
