export const handler = (): void => undefined

throw new Error("it does not load")
