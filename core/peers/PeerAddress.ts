import type { Address } from "../ports/index.ts"

/** An address as a person writes it, with brackets where an IPv6 address needs them: `host:port`. */
export const showAddress = ({ host, port }: Address): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

/** Reads what {@link showAddress} writes; `undefined` when the text is no address that somebody can be reached at. */
export const readAddress = (text: string): Address | undefined => {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):([0-9]{1,5})$/.exec(text)
  const host = parts?.[1] ?? parts?.[2]
  const port = Number(parts?.[3])
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined
}

/** Whether nobody can be reached at this address, because it stands for all addresses of a machine. */
export const isWildcard = ({ host }: Address): boolean => host === "0.0.0.0" || host === "::" || host === ""
