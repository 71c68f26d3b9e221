import { type Address, NetworkError, type NetworkErrorReason } from "../../core/ports/index.ts"

const reasons: ReadonlyMap<string, NetworkErrorReason> = new Map([
  ["ECONNREFUSED", "Refused"],
  ["ENOTFOUND", "Refused"],
  ["EAI_AGAIN", "Refused"],
  ["EADDRINUSE", "InUse"],
  ["ECONNRESET", "Closed"],
  ["EPIPE", "Closed"],
  ["ERR_STREAM_DESTROYED", "Closed"],
  ["ERR_STREAM_WRITE_AFTER_END", "Closed"],
  ["ETIMEDOUT", "TimedOut"]
])

const advice: Record<NetworkErrorReason, string> = {
  Refused: "nobody listens there: check the address, and that the other side runs",
  Untrusted: "one side does not trust the other",
  InUse: "somebody listens there already: stop it, or choose another port (0 takes a free one)",
  Closed: "the other side ended the connection: connect again",
  TimedOut: "no answer came in time: check the address, and whether a firewall drops the packets",
  Io: "the system refused"
}

/** What TLS says, and what to do. */
const tlsAdvice: ReadonlyArray<readonly [code: RegExp, advice: string]> = [
  [/CERTIFICATE_REQUIRED|PEER_DID_NOT_RETURN_A_CERTIFICATE/, "a certificate has to be shown: give one, with its key"],
  [
    /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER|CERTIFICATE_VERIFY_FAILED/,
    "the certificate is not of an authority that is trusted here: trust the one that signed it, or show another certificate"
  ],
  [
    /UNKNOWN_CA|BAD_CERTIFICATE|DECRYPT_ERROR/,
    "the other side does not trust the certificate that it was shown, or was shown none: show one of an authority that it trusts"
  ],
  [/CERT_HAS_EXPIRED|CERTIFICATE_EXPIRED/, "the certificate has expired: make a new one"],
  [/CERT_NOT_YET_VALID/, "the certificate is not valid yet: see whether the clock of this machine is right"],
  [
    /ALTNAME_INVALID/,
    "the certificate is for another host: connect to a name that it has, or make one that has this one"
  ],
  [
    /TLS_HANDSHAKE_TIMEOUT/,
    "the handshake was not ended in time, mostly since the other side does not trust this one's authority, or speaks no TLS: give both sides certificates of the same authority"
  ],
  [
    /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH|RECORD_LAYER/,
    "one side speaks TLS and the other does not: give both the same settings"
  ]
]

const tlsAdviceOf = (code: string): string | undefined => tlsAdvice.find(([known]) => known.test(code))?.[1]

/** The sentence about somebody who was refused by a server that speaks TLS. */
export const refusedByTls = (host: string | undefined, code: string): string =>
  `A connection${host === undefined ? "" : ` from ${host}`} is refused: ${tlsAdviceOf(code) ?? `its handshake failed (${code})`}.`

/** What to do where a code says more than the reason that it stands for. */
const codeAdvice: ReadonlyMap<string, string> = new Map([
  ["ENOTFOUND", "no host has this name: check how it is spelled, and that this machine can resolve it"],
  ["EADDRNOTAVAIL", "this machine has no such address: listen on one that it has, or on 0.0.0.0"],
  ["EAI_AGAIN", "the name cannot be resolved now: check the network and the name server of this machine"]
])

const verbs: Record<NetworkError["operation"], string> = {
  connect: "Cannot connect to",
  listen: "Cannot listen on",
  read: "Cannot read from",
  write: "Cannot write to"
}

/** The code that Node gives the error, also when it tried several addresses. */
export const codeOf = (cause: unknown): string => {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0])
  return cause instanceof Error && "code" in cause ? String(cause.code) : ""
}

/** What Node said, in the words of the port. */
export const networkError = (operation: NetworkError["operation"], address: Address, cause: unknown): NetworkError => {
  const code = codeOf(cause)
  const byTls = tlsAdviceOf(code)
  const reason = byTls === undefined ? (reasons.get(code) ?? "Io") : "Untrusted"
  const said = reason === "Io" ? ` (${code === "" ? String(cause) : code})` : ""
  const why = byTls ?? codeAdvice.get(code) ?? advice[reason]
  const message = `${verbs[operation]} ${address.host}:${address.port}: ${why}${said}.`
  return new NetworkError({ reason, operation, address, message, cause })
}

/** What a socket said that could not be connected, in the words of the port. */
export const connectError = (address: Address, cause: unknown, encrypts: boolean): NetworkError => {
  const error = networkError("connect", address, cause)
  if (!encrypts || error.reason !== "Closed") return error
  const message = `${verbs.connect} ${address.host}:${address.port}: ${endedHandshake}.`
  return new NetworkError({ reason: "Closed", operation: "connect", address, message, cause })
}

const endedHandshake = "the other side ended the handshake of TLS: see whether it speaks TLS at this port"

/** A connection attempt whose time is over. */
export const timedOut = (address: Address, timeoutMs: number, encrypts: boolean): NetworkError => {
  const why = encrypts ? `${advice.TimedOut}, or nobody speaks TLS at this port` : advice.TimedOut
  const message = `${verbs.connect} ${address.host}:${address.port} within ${timeoutMs} ms: ${why}.`
  return new NetworkError({ reason: "TimedOut", operation: "connect", address, message })
}
