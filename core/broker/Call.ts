import type { Address } from "../ports/index.ts"
import type { ApiName, Apis } from "../protocol/index.ts"

/** Names one request among all that a broker has ever had in hand. */
export type CallId = number

/**
 * A request with what the broker has to know of its sender.
 *
 * **Details**
 *
 * `advertised` is where this client reaches the broker: it is what the client is told as the broker's address.
 */
export interface Call<Name extends ApiName> {
  readonly id: CallId
  readonly name: Name
  readonly version: number
  readonly clientId: string
  readonly clientHost: string
  readonly advertised: Address
  readonly body: Apis[Name]["request"]["Type"]
}

/** A request of any API. */
export type AnyCall = { readonly [Name in ApiName]: Call<Name> }[ApiName]

/** The answer to a call of this API. */
export interface Reply<Name extends ApiName> {
  readonly _tag: "Reply"
  readonly id: CallId
  readonly name: Name
  readonly body: Apis[Name]["response"]["Input"]
}

/** The answer to a call of any API. */
export type AnyReply = { readonly [Name in ApiName]: Reply<Name> }[ApiName]
