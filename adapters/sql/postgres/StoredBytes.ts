const hexPrefix = "\\x"

/** What stands for one byte where a server escapes: a backslash, three octal digits, or the byte itself. */
const escaped = /\\\\|\\([0-3][0-7]{2})/g

/**
 * The bytes that a server says as text, in whichever of its formats it is set to say them (`bytea_output`): the other one
 * never begins like the hexadecimal.
 */
export const bytesOf = (text: string): Uint8Array =>
  text.startsWith(hexPrefix)
    ? new Uint8Array(Buffer.from(text.slice(hexPrefix.length), "hex"))
    : new Uint8Array(
        Buffer.from(
          text.replace(escaped, (_, octal: string | undefined) =>
            octal === undefined ? "\\" : String.fromCharCode(Number.parseInt(octal, 8))
          ),
          "latin1"
        )
      )
