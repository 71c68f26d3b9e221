import { now } from "./History.ts"

/** Something that was done to the cluster. */
export interface Strike {
  readonly at: number
  readonly what: string
}

const noCounts = {
  kills: 0,
  killsBeforeReady: 0,
  killsOfLeader: 0,
  pauses: 0,
  cuts: 0,
  slowLinks: 0,
  fullDisks: 0,
  stoppedByFullDisk: 0,
  snapshots: 0,
  transfers: 0
}

/** How often each thing was done. */
export type Counts = typeof noCounts

/** What was done to a cluster, and what was wrong with it meanwhile. */
export class Strikes {
  readonly counts: Counts = { ...noCounts }
  readonly all: Array<Strike> = []
  readonly complaints: Array<string> = []
  /** When a node that led was killed, and no other one with it. */
  readonly leaderKills: Array<number> = []

  note(what: string): void {
    this.all.push({ at: now(), what })
  }
}
