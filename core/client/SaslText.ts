/** What RFC 4013 forbids, or leaves out: whatever is not seen, such as control characters, and marks that change the one before. */
const unseen = /[\p{C}\p{Default_Ignorable_Code_Point}]/u

/** Every space but the ordinary one, as which SASLprep writes it. */
const otherSpace = /(?! )[\s\p{Z}]/u

/**
 * Why a user name or a password cannot be used with SCRAM, as a clause; `undefined` where it can.
 *
 * **Details**
 *
 * SCRAM has both sides prepare texts by SASLprep (RFC 4013), and not all brokers do: Apache Kafka takes them as they are.
 * So only texts are taken that stay the same: those of visible characters and ordinary spaces in compatibility composition
 * (NFKC). Its rule against mixed directions of writing changes nothing, and is left to the broker.
 */
export const saslTextProblem = (text: string): string | undefined => {
  if (text === "") return "is empty"
  if (unseen.test(text)) return "has a character that is not seen, such as a control character"
  if (otherSpace.test(text)) return "has a space that is not the ordinary one"
  return text.normalize("NFKC") === text ? undefined : "has a character that can be written in several ways"
}
