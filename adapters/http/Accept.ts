/** A range of media types in an Accept header, and how much it is wanted. */
interface Range {
  readonly type: string
  readonly subtype: string
  readonly quality: number
}

const qualityForm = /^\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$/i

const rangeOf = (text: string): Range | undefined => {
  const [name = "", ...parameters] = text.split(";")
  const parts = /^\s*([^\s/]+)\/([^\s/]+)\s*$/.exec(name)
  const [, type, subtype] = parts ?? []
  if (type === undefined || subtype === undefined) return undefined
  const quality = parameters.flatMap((parameter) => qualityForm.exec(parameter)?.[1] ?? [])[0]
  return {
    type: type.toLowerCase(),
    subtype: subtype.toLowerCase(),
    quality: quality === undefined ? 1 : Number(quality)
  }
}

/** How well a range names a media type: the more exact one decides (RFC 9110, 12.5.1). */
const exactness = ({ subtype, type }: Range, media: string): number => {
  if (`${type}/${subtype}` === media) return 3
  if (subtype === "*" && type === media.split("/", 1)[0]) return 2
  return type === "*" && subtype === "*" ? 1 : 0
}

/**
 * Which of the media types that can be had is wanted most, of equals the first; `undefined` where none is acceptable.
 * Without a header everything is.
 */
export const chosenType = <A extends string>(header: string | undefined, offered: ReadonlyArray<A>): A | undefined => {
  if (header === undefined || header.trim() === "") return offered[0]
  const ranges = header.split(",").flatMap((text) => rangeOf(text) ?? [])
  let best: { readonly type: A; readonly quality: number } | undefined
  for (const type of offered) {
    let judge: Range | undefined
    for (const range of ranges) {
      const exact = exactness(range, type)
      if (exact > 0 && (judge === undefined || exact > exactness(judge, type))) judge = range
    }
    const quality = judge?.quality ?? 0
    if (quality > (best?.quality ?? 0)) best = { type, quality }
  }
  return best?.type
}
