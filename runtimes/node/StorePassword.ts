/** The environment variable with the password of the user that a store's address names. */
export const storePasswordName = "ODRADEK_STORE_PASSWORD"

/** The one for the store that another is filled from; without it, they have the same password. */
export const fromStorePasswordName = "ODRADEK_FROM_STORE_PASSWORD"

/** The password in the first of these environment variables that is set. */
export const storePassword = (names: ReadonlyArray<string>): string | undefined =>
  names.map((name) => process.env[name]).find((value) => value !== undefined)
