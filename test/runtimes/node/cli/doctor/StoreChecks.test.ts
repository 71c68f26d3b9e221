import { expect, it } from "vitest"
import type { StoreHealth } from "../../../../../core/ports/index.ts"
import { storeCheck, storeClockChecks, storeRightsCheck } from "../../../../../runtimes/node/cli/doctor/StoreChecks.ts"

const found = (health: Partial<StoreHealth>, address = "postgres://h/d") => ({
  address,
  health: { schema: undefined, ...health },
  askedAt: 100_000,
  answeredAt: 101_000
})

it("tables of the version that this program knows are well, others have failed", () => {
  expect(storeCheck(found({ schema: { version: 2, expected: 2 } }))).toMatchObject({
    status: "ok",
    message: "postgres://h/d is open, its schema of version 2"
  })
  expect(storeCheck(found({ schema: { version: 3, expected: 2 } })).status).toBe("failed")
})

it("a clock that may have been ours while the store answered is well", () => {
  for (const now of [98_000, 100_500, 103_000]) {
    expect(storeClockChecks(found({ now })).map(({ status }) => status)).toEqual(["ok"])
  }
})

it("a clock that is ahead or behind is a warning, with how far and what follows", () => {
  expect(storeClockChecks(found({ now: 111_000 }))[0]).toMatchObject({
    status: "warning",
    message:
      "the clock of postgres://h/d is 10 s ahead of this machine's: what expires is found by the clock of the machine that purges",
    advice: "set the clocks of both by NTP"
  })
  expect(storeClockChecks(found({ now: 40_000 }, "cassandra://h/k"))[0]?.message).toBe(
    "the clock of cassandra://h/k is 1 min behind this machine's: of two writes to the same row Cassandra keeps the one whose writer's clock is ahead"
  )
})

it("of a store that does not tell its clock, nothing is said", () => {
  expect(storeClockChecks(found({}))).toEqual([])
})

it("rights that are missing are a warning with what to grant; where none is told, that is said", () => {
  expect(storeRightsCheck(found({ missingRights: ["INSERT on a", "DELETE on a"] }))).toMatchObject({
    status: "warning",
    advice: "grant INSERT on a, DELETE on a"
  })
  expect(storeRightsCheck(found({ missingRights: [] })).status).toBe("ok")
  expect(storeRightsCheck(found({})).status).toBe("skipped")
})
