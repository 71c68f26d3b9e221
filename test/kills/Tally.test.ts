import { expect, it } from "vitest"
import { judge, spotless, Tally } from "./Tally.ts"

const tally = new Tally()
tally.begun.push("a", "b", "c", "d")
for (const name of ["a", "b", "d"]) tally.acknowledged.add(name)

it("a log with everything acknowledged, in order, with or without what is unknown, is spotless", () => {
  expect(judge(tally, ["a", "b", "d"])).toEqual(spotless)
  expect(judge(tally, ["a", "b", "c", "d"])).toEqual(spotless)
})

it("what is acknowledged and not there is lost", () => {
  expect(judge(tally, ["a", "c", "d"])).toEqual({ ...spotless, lost: ["b"] })
})

it("what is there twice is doubled, acknowledged or not", () => {
  expect(judge(tally, ["a", "b", "b", "c", "c", "d"])).toEqual({ ...spotless, doubled: ["b", "c"] })
})

it("what is there behind a later write is reordered", () => {
  expect(judge(tally, ["b", "a", "d"])).toEqual({ ...spotless, reordered: ["a"] })
})

it("what was refused or never written and is there is invented", () => {
  const refusing = new Tally()
  refusing.begun.push("a", "b")
  refusing.acknowledged.add("a")
  refusing.refused.add("b")
  expect(judge(refusing, ["a", "b", "x"])).toEqual({ ...spotless, invented: ["b", "x"] })
})
