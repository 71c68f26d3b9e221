import * as Result from "effect/Result"

/** An address of the form `KIND://[USER[:PASSWORD]@]HOSTS/NAME[?QUERY]`; user, password and name are decoded. */
export interface AddressParts {
  readonly user?: string
  readonly password?: string
  readonly hosts: string
  readonly name: string
  readonly query: string
}

/** What stands for something in an address, and has to be written otherwise where it does not. */
const encoded = "write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25"

const form = /^[a-z]+:\/\/(?:([^@/?#:]+)(?::([^@/?#]*))?@)?([^@/?#]*)(?:\/([^@/?#]*))?(?:\?([^#]*))?$/

/** Whether something in an address is meant as a password, also where it breaks the address: what follows a host is a port. */
export const hasPassword = (address: string): boolean =>
  /^[a-z]+:\/\/[^/?#:@]*:(?!\d{1,5}(?:[,/?#]|$))[^@]*@/.test(address)

const decoded = (text: string | undefined): Result.Result<string | undefined, string> =>
  Result.try({
    try: () => (text === undefined ? undefined : decodeURIComponent(text)),
    catch: () => `a part of it has a % that encodes nothing: ${encoded}`
  })

/** Takes an address apart, or says what is wrong with it, as a part of a sentence; that never has its password. */
export const addressParts = (address: string, how: string): Result.Result<AddressParts, string> =>
  Result.gen(function* () {
    const parts = form.exec(address)
    if (parts === null) {
      if (!/^[a-z]+:\/\/./.test(address)) return yield* Result.fail(`it is not complete: write ${how}`)
      return yield* Result.fail(`a part of it has a character that stands for something else: ${encoded}`)
    }
    const [, rawUser, rawPassword, hosts = "", rawName, query = ""] = parts
    const user = yield* decoded(rawUser)
    const password = yield* decoded(rawPassword)
    const name = yield* decoded(rawName)
    return {
      hosts,
      name: name ?? "",
      query,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password })
    }
  })

/** A host as it is written in addresses, with its port if that is said. */
export interface HostAndPort {
  readonly host: string
  readonly port?: number
}

/** Reads a host with or without a port, or says what is wrong with it. */
export const hostAndPort = (text: string, how: string): Result.Result<HostAndPort, string> => {
  if (text === "") return Result.fail(`a host is missing in it: write ${how}`)
  const [, host, port] = /^([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::([0-9]{1,5}))?$/.exec(text) ?? []
  if (host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
    return Result.fail(`"${text}" is no host: write HOST or HOST:PORT, with a port from 1 to 65535`)
  }
  return Result.succeed({ host, ...(port === undefined ? {} : { port: Number(port) }) })
}
