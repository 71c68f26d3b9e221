/** Bytes as a text that is the same for the same bytes. */
export const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16)).join("-")

/** One generation: who is in it, and what its leader has assigned, as far as what was told leaves that open. */
export class Generation {
  readonly began: number
  readonly protocol: string | null
  readonly leader: string
  readonly ids = new Set<string>()
  private shares: Array<ReadonlyMap<string, string>> = []
  private isTold = false

  constructor(began: number, protocol: string | null, leader: string) {
    this.began = began
    this.protocol = protocol
    this.leader = leader
  }

  /** The leader brings an assignment: until somebody is told of one, it may be the one that counts. */
  bring(assignments: ReadonlyArray<{ readonly memberId: string; readonly assignment: Uint8Array }>): void {
    if (this.isTold) return
    this.shares.push(new Map(assignments.map(({ assignment, memberId }) => [memberId, hex(assignment)])))
  }

  /** A member is told its share; whether that is one of what the leader has brought, together with what others were told. */
  give(share: Uint8Array, isFor: (id: string) => boolean): boolean {
    const told = hex(share)
    this.isTold = true
    this.shares = this.shares.filter((shares) => {
      for (const [id, bytes] of shares) if (isFor(id)) return bytes === told
      return told === ""
    })
    return this.shares.length > 0
  }
}
