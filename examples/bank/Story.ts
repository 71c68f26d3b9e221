import { Bank, type BankOptions } from "./Bank.ts"
import { Refused } from "./Account.ts"

/** What the bank knows of all its accounts together: money is only ever in an account or under way. */
const audit = async (bank: Bank): Promise<string> => {
  let inAccounts = 0
  let underWay = 0
  for await (const id of bank.ids()) {
    const account = await bank.account(id)
    inAccounts += account.balance
    for (const { amount } of account.underWay.values()) underWay += amount
  }
  return `${inAccounts} in accounts, ${underWay} under way`
}

/** The outcome of a command, in a few words. */
const told = async (outcome: Promise<unknown>): Promise<string> => {
  try {
    await outcome
    return "done"
  } catch (error) {
    if (error instanceof Refused) return `refused: ${error.message}`
    throw error
  }
}

/** Shows what the bank withstands, a line at a time. Each bank that is opened here stands for a process of its own. */
export const story = async (options: BankOptions, say: (line: string) => void): Promise<void> => {
  const bank = await Bank.open(options)
  await bank.replicate()
  await bank.execute("ann", { _tag: "Open", id: "c1", owner: "Ann" })
  await bank.execute("ben", { _tag: "Open", id: "c2", owner: "Ben" })
  await bank.execute("ann", { _tag: "Deposit", id: "c3", amount: 100 })
  await bank.execute("ann", { _tag: "Deposit", id: "c3", amount: 100 })
  say(`Ann pays in 100, and her client sends that twice: she has ${(await bank.account("ann")).balance}.`)

  const other = await Bank.open(options)
  const both = [bank, other].map((one, at) =>
    told(one.execute("ann", { _tag: "Withdraw", id: `c${4 + at}`, amount: 80 }))
  )
  const [winner, loser] = (await Promise.all(both)).toSorted()
  say(`Two processes pay out 80 to her at once: one is ${winner}, one ${loser}`)

  say(`She sends 15 to Ben: ${await bank.transfer({ id: "t1", from: "ann", to: "ben", amount: 15 })}.`)
  say(
    `She sends 5 to Cid, who has no account: ${await bank.transfer({ id: "t2", from: "ann", to: "cid", amount: 5 })}.`
  )

  await other.execute("ben", { _tag: "Send", id: "t3", to: "ann", amount: 10 })
  await other.close()
  await bank.close()
  say("Ben sends 10 to Ann, and the bank ends before the money arrives.")

  const next = await Bank.open(options)
  await next.replicate()
  say(`The bank opens again: ${await audit(next)}.`)
  say(`It finishes what was begun: ${(await next.resume()).join(", ")}.`)
  const [ann, ben] = [await next.account("ann"), await next.account("ben")]
  say(
    `Ann has ${ann.balance} after ${ann.version} events, Ben ${ben.balance} after ${ben.version}: ${await audit(next)}.`
  )
  await next.close()
}
