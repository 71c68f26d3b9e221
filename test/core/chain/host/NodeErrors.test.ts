import { expect, it } from "vitest"
import { ProposalRefused } from "../../../../core/chain/index.ts"

it("a refusal says who leads where that is what helps, and else what to do", () => {
  const refused = (reason: ProposalRefused["reason"], leader: number) =>
    new ProposalRefused({ reason, node: 3, leader }).message
  expect(refused("NoLeader", 2)).toBe("Node 3 has refused it, because node 2 leads: ask that one, or this one again.")
  expect(refused("NoLeader", 0)).toBe(
    "Node 3 has refused it, because no leader was found in time: see whether a majority of the voters runs and can be reached."
  )
  expect(new ProposalRefused({ reason: "BadChange", node: 3, leader: 3, detail: "Name a voter." }).message).toBe(
    "Node 3 has refused it: Name a voter."
  )
  expect(refused("Overloaded", 2)).toContain("too many bytes wait for their commit")
})
