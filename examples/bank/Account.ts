import * as Schema from "effect/Schema"

/** An amount of money: whole cents, and more than none. */
const Amount = Schema.Int.check(Schema.isGreaterThan(0))

/**
 * What can have happened to an account. Each event has the id of the command that it answers, by which a command that comes
 * twice is recognised.
 */
export const AccountEvent = Schema.Union([
  Schema.TaggedStruct("Opened", { id: Schema.String, owner: Schema.String }),
  Schema.TaggedStruct("Deposited", { id: Schema.String, amount: Amount }),
  Schema.TaggedStruct("Withdrawn", { id: Schema.String, amount: Amount }),
  Schema.TaggedStruct("TransferSent", { id: Schema.String, to: Schema.String, amount: Amount }),
  Schema.TaggedStruct("TransferReceived", { id: Schema.String, from: Schema.String, amount: Amount }),
  Schema.TaggedStruct("TransferRejected", { id: Schema.String, from: Schema.String, why: Schema.String }),
  Schema.TaggedStruct("TransferConfirmed", { id: Schema.String, transfer: Schema.String }),
  Schema.TaggedStruct("TransferReturned", { id: Schema.String, transfer: Schema.String, why: Schema.String })
])
export type AccountEvent = typeof AccountEvent.Type

type EventOf<Tag extends AccountEvent["_tag"]> = Extract<AccountEvent, { readonly _tag: Tag }>

/** An account as its events up to the number `version` have made it; the owner is absent until it is opened. */
export interface Account {
  readonly version: number
  readonly owner: string | undefined
  readonly balance: number
  /** Money that has left, and of which nobody knows here whether it has arrived. */
  readonly underWay: ReadonlyMap<string, EventOf<"TransferSent">>
  /** Every command that was answered, by its id, with what it was answered. */
  readonly answers: ReadonlyMap<string, AccountEvent>
}

export const noAccount: Account = {
  version: 0,
  owner: undefined,
  balance: 0,
  underWay: new Map(),
  answers: new Map()
}

/** What somebody wants done. Who sends a command again gives it the same id. */
export type Command =
  | { readonly _tag: "Open"; readonly id: string; readonly owner: string }
  | { readonly _tag: "Deposit"; readonly id: string; readonly amount: number }
  | { readonly _tag: "Withdraw"; readonly id: string; readonly amount: number }
  | { readonly _tag: "Send"; readonly id: string; readonly to: string; readonly amount: number }
  | { readonly _tag: "Receive"; readonly id: string; readonly from: string; readonly amount: number }
  | { readonly _tag: "Confirm"; readonly id: string; readonly transfer: string }
  | { readonly _tag: "Return"; readonly id: string; readonly transfer: string; readonly why: string }

/** A command that the bank does not carry out: nothing has happened. */
export class Refused extends Error {
  override readonly name = "Refused"
}

const without = <A>(map: ReadonlyMap<string, A>, key: string): ReadonlyMap<string, A> => {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}

/** What one event does to the balance and to what is under way. */
const moved = (account: Account, event: AccountEvent): Partial<Account> => {
  const { balance, underWay } = account
  switch (event._tag) {
    case "Opened":
      return { owner: event.owner }
    case "Deposited":
    case "TransferReceived":
      return { balance: balance + event.amount }
    case "Withdrawn":
      return { balance: balance - event.amount }
    case "TransferSent":
      return { balance: balance - event.amount, underWay: new Map(underWay).set(event.id, event) }
    case "TransferConfirmed":
      return { underWay: without(underWay, event.transfer) }
    case "TransferReturned":
      return {
        balance: balance + (underWay.get(event.transfer)?.amount ?? 0),
        underWay: without(underWay, event.transfer)
      }
    case "TransferRejected":
      return {}
  }
}

/** The account after one more event: the fold that every reader makes of a journal. */
export const evolve = (account: Account, event: AccountEvent, version: number): Account => ({
  ...account,
  ...moved(account, event),
  version,
  answers: new Map(account.answers).set(event.id, event)
})

const take = ({ balance, owner }: Account, amount: number): void => {
  if (owner === undefined) throw new Refused("The account is not open.")
  if (amount > balance) throw new Refused(`The account has ${balance}, and not ${amount}.`)
}

/** Says what happens when a command meets an account, or throws `Refused`. It knows no log, no store and no clock. */
export const decide = (account: Account, command: Command): AccountEvent => {
  const { id } = command
  switch (command._tag) {
    case "Open":
      if (account.owner !== undefined) throw new Refused(`The account belongs to ${account.owner}.`)
      return { _tag: "Opened", id, owner: command.owner }
    case "Deposit":
      if (account.owner === undefined) throw new Refused("The account is not open.")
      return { _tag: "Deposited", id, amount: command.amount }
    case "Withdraw":
      take(account, command.amount)
      return { _tag: "Withdrawn", id, amount: command.amount }
    case "Send":
      take(account, command.amount)
      return { _tag: "TransferSent", id, to: command.to, amount: command.amount }
    case "Receive":
      // A "no" is an event as well: who asks once more, when the account is open meanwhile, gets the same answer.
      return account.owner === undefined
        ? { _tag: "TransferRejected", id, from: command.from, why: "The account is not open." }
        : { _tag: "TransferReceived", id, from: command.from, amount: command.amount }
    case "Confirm":
      return { _tag: "TransferConfirmed", id, transfer: command.transfer }
    case "Return":
      return { _tag: "TransferReturned", id, transfer: command.transfer, why: command.why }
  }
}
