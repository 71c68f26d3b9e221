/** The environment variable with the password of the user that a store's address names. */
export const storePasswordName = "ODRADEK_STORE_PASSWORD"

/** The password of the user that a store's address names; it is never a part of the address. */
export const storePassword = (): string | undefined => process.env[storePasswordName]
