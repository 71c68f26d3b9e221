import { describe, expect, it } from "vitest"
import { choosePorts } from "./Ports.ts"
import type { PortProbe } from "./Ports.ts"

/** A machine on which some ports are taken, and others are handed out in turn. */
const machine = (taken: ReadonlyArray<number>, free: ReadonlyArray<number>): PortProbe => {
  const next = free.values()
  return {
    isFree: (port) => Promise.resolve(!taken.includes(port)),
    free: () => Promise.resolve(next.next().value ?? 0)
  }
}

describe("choosePorts", () => {
  it("chooses the wanted ports where they are free", async () => {
    expect(await choosePorts({ plain: 1, secure: 2 }, new Set(), machine([], []))).toEqual({ plain: 1, secure: 2 })
  })

  it("chooses another port for one that is taken", async () => {
    expect(await choosePorts({ plain: 1, secure: 2 }, new Set(), machine([1], [9]))).toEqual({ plain: 9, secure: 2 })
  })

  it("chooses no port twice, nor one that was chosen before", async () => {
    const claimed = new Set([2])
    expect(await choosePorts({ a: 1, b: 2 }, claimed, machine([1], [2, 7, 7, 8]))).toEqual({ a: 7, b: 8 })
    expect(claimed).toEqual(new Set([2, 7, 8]))
  })

  it("gives up where every port is taken", async () => {
    await expect(choosePorts({ plain: 1 }, new Set(), machine([0, 1], []))).rejects.toThrow(
      "No free port was found for plain: end what listens on this machine."
    )
  })
})
