import { Journals, schemaPayload } from "odradek/runtimes/promise"
import type { Journal, JournalError } from "odradek/runtimes/promise"
import { type Account, AccountEvent, type Command, decide, evolve, noAccount, Refused } from "./Account.ts"

/** Where the bank keeps its accounts. `log` takes messages for people; nobody hears them by default. */
export interface BankOptions {
  readonly brokers: ReadonlyArray<string>
  readonly store: string
  readonly log?: (line: string) => void
}

/** A transfer of money between two accounts. */
export interface Transfer {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly amount: number
}

/** How often a command is decided anew because another one came first. */
const attempts = 20

/** Whether an append failed so that nobody knows whether its record is in the log. */
const isUnknown = (error: unknown): boolean => {
  const { _tag, reason } = error as Partial<JournalError>
  return _tag === "JournalError" && reason === "Unknown"
}

/** Accounts as journals: any number of processes may open the same bank. */
export class Bank {
  readonly #journals: Journals<AccountEvent>
  /** Accounts as they were when somebody asked last. A read brings only what has come since. */
  readonly #known = new Map<string, Account>()

  private constructor(journals: Journals<AccountEvent>) {
    this.#journals = journals
  }

  static async open({ brokers, log = () => {}, store }: BankOptions): Promise<Bank> {
    const payload = schemaPayload(AccountEvent)
    const journals = await Journals.open({ brokers, topic: "accounts", store, payload, log })
    // Whoever is the first to ask has the brokers make the topic.
    await journals.journal("bank").pointer()
    return new Bank(journals)
  }

  /** The account after everything that was acknowledged before this was asked, by whichever process. */
  account(id: string): Promise<Account> {
    return this.#load(this.#journals.journal(id))
  }

  async #load(journal: Journal<AccountEvent>): Promise<Account> {
    let account = this.#known.get(journal.id) ?? noAccount
    for await (const { payload, seqNr } of journal.read({ from: account.version + 1 })) {
      if (payload !== undefined) account = evolve(account, payload, seqNr)
    }
    if (account.version > (this.#known.get(journal.id)?.version ?? 0)) this.#known.set(journal.id, account)
    return account
  }

  /**
   * Carries out a command, once, however often it is sent.
   *
   * The event is decided from the account as it is, and appended with the next number. Where two have appended with one
   * number, the first in the log counts, for everybody; so the journal is read back, and who was second decides anew.
   */
  async execute(id: string, command: Command): Promise<Account> {
    const journal = this.#journals.journal(id)
    let account = await this.#load(journal)
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (account.answers.has(command.id)) return account
      const event = decide(account, command)
      try {
        await journal.append([{ payload: event, seqNr: account.version + 1 }])
      } catch (error) {
        // It may be in the log, and then has this number: to read is to know, and to try again does no harm.
        if (!isUnknown(error)) throw error
      }
      account = await this.#load(journal)
    }
    if (account.answers.has(command.id)) return account
    throw new Refused(`The account ${id} is too busy: send the command again, with the same id.`)
  }

  /**
   * Moves money from one account to another. From the moment it has left, it either arrives or comes back: `resume` sees
   * to that where this process does not come to it.
   */
  async transfer({ amount, from, id, to }: Transfer): Promise<"Arrived" | "Returned"> {
    if (from === to) throw new Refused("The money is in this account already.")
    const { answers } = await this.execute(from, { _tag: "Send", id, to, amount })
    const sent = answers.get(id)
    if (sent?._tag !== "TransferSent") throw new Refused(`The id ${id} was another command's: choose a new one.`)
    return this.#finish({ id, from, to: sent.to, amount: sent.amount })
  }

  /** Each step may be repeated, also by several processes at once: its id says that it was done. */
  async #finish({ amount, from, id, to }: Transfer): Promise<"Arrived" | "Returned"> {
    const arrival = `${from}/${id}`
    const { answers } = await this.execute(to, { _tag: "Receive", id: arrival, from, amount })
    const answer = answers.get(arrival)
    const done = { id: `${id}/done`, transfer: id }
    switch (answer?._tag) {
      case "TransferReceived":
        await this.execute(from, { _tag: "Confirm", ...done })
        return "Arrived"
      case "TransferRejected":
        await this.execute(from, { _tag: "Return", ...done, why: answer.why })
        return "Returned"
      default:
        throw new Refused(`The id ${arrival} was another command's: the money stays under way.`)
    }
  }

  /** The ids of all journals of accounts. */
  ids(): AsyncIterable<string> {
    return this.#journals.ids()
  }

  /** Finishes the transfers that others have begun and not finished; gives their ids. */
  async resume(): Promise<ReadonlyArray<string>> {
    const finished: Array<string> = []
    for await (const from of this.ids()) {
      const { underWay } = await this.account(from)
      for (const { amount, id, to } of underWay.values()) {
        await this.#finish({ id, from, to, amount })
        finished.push(id)
      }
    }
    return finished
  }

  /** Copies the journals to the store, in this process, until the bank is closed. */
  async replicate(): Promise<void> {
    await this.#journals.replicate()
  }

  close(): Promise<void> {
    return this.#journals.close()
  }
}
