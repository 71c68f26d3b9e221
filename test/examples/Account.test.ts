import { describe, expect, it } from "vitest"
import { type Account, type Command, decide, evolve, noAccount, Refused } from "../../examples/bank/Account.ts"

const after = (...commands: ReadonlyArray<Command>): Account =>
  commands.reduce((account, command) => evolve(account, decide(account, command), account.version + 1), noAccount)

const open: Command = { _tag: "Open", id: "1", owner: "Ann" }
const deposit: Command = { _tag: "Deposit", id: "2", amount: 100 }
const send: Command = { _tag: "Send", id: "3", to: "ben", amount: 40 }

describe("an account of the bank", () => {
  it("has what was paid in and not paid out", () => {
    expect(after(open, deposit, { _tag: "Withdraw", id: "3", amount: 30 }).balance).toBe(70)
  })

  it("pays out no more than it has, and nothing before it is open", () => {
    const withdraw: Command = { _tag: "Withdraw", id: "3", amount: 101 }
    expect(() => decide(after(open, deposit), withdraw)).toThrow(Refused)
    expect(() => decide(noAccount, { ...withdraw, amount: 1 })).toThrow(Refused)
    expect(() => decide(noAccount, deposit)).toThrow(Refused)
  })

  it("belongs to who has opened it", () => {
    expect(() => decide(after(open), { _tag: "Open", id: "2", owner: "Ben" })).toThrow("The account belongs to Ann.")
  })

  it("keeps money that has left under way until it is confirmed", () => {
    const sent = after(open, deposit, send)
    expect([sent.balance, sent.underWay.get("3")?.amount]).toEqual([60, 40])
    const confirmed = after(open, deposit, send, { _tag: "Confirm", id: "4", transfer: "3" })
    expect([confirmed.balance, confirmed.underWay.size]).toEqual([60, 0])
  })

  it("has money again that was rejected", () => {
    const returned = after(open, deposit, send, { _tag: "Return", id: "4", transfer: "3", why: "No." })
    expect([returned.balance, returned.underWay.size]).toEqual([100, 0])
  })

  it("stays with its answer to a transfer, although it was opened since", () => {
    const rejected = after({ _tag: "Receive", id: "ben/1", from: "ben", amount: 5 }, open)
    expect([rejected.owner, rejected.balance]).toEqual(["Ann", 0])
    expect(rejected.answers.get("ben/1")?._tag).toBe("TransferRejected")
  })
})
