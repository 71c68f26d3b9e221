/** An attribute as it is written. */
export type Attribute =
  | { readonly S: string; readonly N?: never; readonly B?: never }
  | { readonly N: string; readonly S?: never; readonly B?: never }
  | { readonly B: Uint8Array; readonly S?: never; readonly N?: never }

/** An item as it is written. */
export type Item = Record<string, Attribute>

/** An attribute as it is found: a text, a number as text, bytes, or something else that no item of a journal has. */
export interface FoundAttribute {
  readonly S?: string | undefined
  readonly N?: string | undefined
  readonly B?: Uint8Array | undefined
}

/** An item as it is found, whoever wrote it. */
export type FoundItem = Readonly<Record<string, FoundAttribute>>
