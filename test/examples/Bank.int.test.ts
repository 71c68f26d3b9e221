import { describe, expect, it } from "vitest"
import { Refused } from "../../examples/bank/Account.ts"
import { Bank } from "../../examples/bank/Bank.ts"
import { Broker } from "../../runtimes/promise/index.ts"
import { inFolder, promised, start, told } from "./Program.ts"

const people = ["ann", "ben", "cid"] as const

/** Numbers that look random, the same each time. */
const generator = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** What is in all accounts, and what is under way. */
const totals = async (bank: Bank): Promise<{ readonly inAccounts: number; readonly underWay: number }> => {
  let [inAccounts, underWay] = [0, 0]
  for await (const id of bank.ids()) {
    const account = await bank.account(id)
    expect(account.balance).toBeGreaterThanOrEqual(0)
    inAccounts += account.balance
    for (const { amount } of account.underWay.values()) underWay += amount
  }
  return { inAccounts, underWay }
}

const openAll = async (bank: Bank): Promise<void> => {
  for (const id of people) await bank.execute(id, { _tag: "Open", id: `open-${id}`, owner: id })
}

/** A client of a bank, which does this and that; gives what it brought into the bank. */
const client = async (bank: Bank, name: string, seed: number): Promise<number> => {
  const random = generator(seed)
  let brought = 0
  for (let at = 0; at < 12; at++) {
    const who = people[random(people.length)] ?? "ann"
    const id = `${name}-${at}`
    const amount = 1 + random(50)
    try {
      switch (random(3)) {
        case 0:
          await bank.execute(who, { _tag: "Deposit", id, amount })
          brought += amount
          break
        case 1:
          await bank.execute(who, { _tag: "Withdraw", id, amount })
          brought -= amount
          break
        default:
          await bank.transfer({ id, from: who, to: ["ann", "ben", "nobody"][random(3)] ?? "ben", amount })
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
    }
  }
  return brought
}

describe("the bank of the examples", { timeout: 180_000 }, () => {
  it("tells by its one command what its page promises", async () => {
    expect(await told("bank")).toBe(promised("bank"))
  })

  it("has the money that was brought to it, with several writers of each account, and after a restart", () =>
    inFolder(async (folder) => {
      const data = `${folder}/log`
      const store = `sqlite:${folder}/accounts.db`
      let broker = await Broker.start({ data })
      const banks = await Promise.all([1, 2].map(() => Bank.open({ brokers: [broker.address], store })))
      await banks[0]?.replicate()
      await Promise.all(banks.map(openAll))
      const brought = await Promise.all(
        banks.flatMap((bank, at) => [0, 1].map((n) => client(bank, `${at}${n}`, at + n)))
      )
      const expected = { inAccounts: brought.reduce((sum, each) => sum + each, 0), underWay: 0 }
      for (const bank of banks) expect(await totals(bank)).toEqual(expected)
      for (const bank of banks) await bank.close()
      await broker.close()

      broker = await Broker.start({ data })
      const next = await Bank.open({ brokers: [broker.address], store })
      expect(await totals(next)).toEqual(expected)
      await next.close()
      await broker.close()
    }))

  it("lets one of two that have decided from one state through, and the other decide anew", async () => {
    const broker = await Broker.start()
    const banks = await Promise.all([1, 2].map(() => Bank.open({ brokers: [broker.address], store: "memory:" })))
    const [bank, other] = banks
    if (bank === undefined || other === undefined) throw new Error("There are two banks.")
    await bank.execute("ann", { _tag: "Open", id: "1", owner: "Ann" })
    await bank.execute("ann", { _tag: "Deposit", id: "2", amount: 100 })
    const outcomes = await Promise.allSettled(
      [bank, other].map((one, at) => one.execute("ann", { _tag: "Withdraw", id: `3-${at}`, amount: 80 }))
    )
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
    expect((await other.account("ann")).balance).toBe(20)
    for (const one of banks) await one.close()
    await broker.close()
  })

  it("finishes the transfers of one that was killed, and none twice", async () => {
    const broker = await Broker.start()
    const open = () => Bank.open({ brokers: [broker.address], store: "memory:" })
    const killed = await open()
    await openAll(killed)
    await killed.execute("ann", { _tag: "Deposit", id: "1", amount: 100 })
    // As far as each may have come: the money has left; it has arrived; it was rejected.
    await killed.execute("ann", { _tag: "Send", id: "t1", to: "ben", amount: 10 })
    await killed.execute("ann", { _tag: "Send", id: "t2", to: "ben", amount: 20 })
    await killed.execute("ben", { _tag: "Receive", id: "ann/t2", from: "ann", amount: 20 })
    await killed.execute("ann", { _tag: "Send", id: "t3", to: "dot", amount: 30 })
    await killed.execute("dot", { _tag: "Receive", id: "ann/t3", from: "ann", amount: 30 })
    await killed.execute("dot", { _tag: "Open", id: "open-dot", owner: "Dot" })
    await killed.close()

    const banks = await Promise.all([open(), open()])
    const finished = await Promise.all(banks.map((bank) => bank.resume()))
    expect(new Set(finished.flat())).toEqual(new Set(["t1", "t2", "t3"]))
    const [bank] = banks
    const balances = await Promise.all(["ann", "ben", "dot"].map(async (id) => (await bank.account(id)).balance))
    expect(balances).toEqual([70, 30, 0])
    expect(await bank.resume()).toEqual([])
    for (const one of banks) await one.close()
    await broker.close()
  })

  it("moves the amount that was sent first, where one id comes with another amount", async () => {
    const broker = await Broker.start()
    const bank = await Bank.open({ brokers: [broker.address], store: "memory:" })
    await openAll(bank)
    await bank.execute("ann", { _tag: "Deposit", id: "1", amount: 100 })
    await bank.transfer({ id: "t", from: "ann", to: "ben", amount: 10 })
    await bank.transfer({ id: "t", from: "ann", to: "cid", amount: 90 })
    expect(await totals(bank)).toEqual({ inAccounts: 100, underWay: 0 })
    expect((await bank.account("ben")).balance).toBe(10)
    await expect(bank.transfer({ id: "1", from: "ann", to: "ben", amount: 5 })).rejects.toThrow(Refused)
    await expect(bank.transfer({ id: "u", from: "ann", to: "ann", amount: 5 })).rejects.toThrow(Refused)
    await bank.close()
    await broker.close()
  })

  it("answers over HTTP, and after it was killed, as it did before", () =>
    inFolder(async (folder) => {
      const file = "examples/bank/main.ts"
      const args = ["--serve", "0", "--data", folder]
      let running = start(file, args)
      const at = async (): Promise<string> => (await running.says(/http:\/\/127\.0\.0\.1:\d+/))[0]
      let origin = await at()
      const post = async (id: string, body: unknown): Promise<readonly [number, unknown]> => {
        const response = await fetch(`${origin}/accounts/${id}`, { method: "POST", body: JSON.stringify(body) })
        return [response.status, await response.json()]
      }
      try {
        expect((await post("ann", { _tag: "Open", id: "1", owner: "Ann" }))[0]).toBe(200)
        expect((await post("ben", { _tag: "Open", id: "1", owner: "Ben" }))[0]).toBe(200)
        expect(await post("ann", { _tag: "Deposit", id: "2", amount: 100 })).toEqual([
          200,
          { owner: "Ann", balance: 100, version: 2, underWay: [] }
        ])
        expect((await post("ann", { _tag: "Deposit", id: "3", amount: -1 }))[0]).toBe(400)
        expect(await post("ann", { _tag: "Withdraw", id: "3", amount: 101 })).toEqual([
          409,
          { error: "The account has 100, and not 101." }
        ])
        await running.end("SIGKILL")
        running = start(file, args)
        origin = await at()
        expect(await post("ann", { _tag: "Deposit", id: "2", amount: 100 })).toEqual([
          200,
          { owner: "Ann", balance: 100, version: 2, underWay: [] }
        ])
        expect(await post("ann", { _tag: "Transfer", id: "4", to: "ben", amount: 40 })).toEqual([
          200,
          { transfer: "Arrived" }
        ])
        expect(await (await fetch(`${origin}/accounts/ben`)).json()).toMatchObject({ balance: 40, version: 2 })
        expect((await fetch(`${origin}/accounts/nobody`)).status).toBe(404)
        await running.end("SIGINT")
        expect(running.child.exitCode).toBe(0)
      } finally {
        await running.end("SIGKILL")
      }
    }))
})
