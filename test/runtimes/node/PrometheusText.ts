/** One family of the text format of Prometheus: its samples by name, with their labels. */
export interface Family {
  readonly type: string
  readonly help: string
  readonly samples: ReadonlyArray<Sample>
}

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const suffixes: Readonly<Record<string, ReadonlyArray<string>>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"]
}

const sampleForm = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const labelForm = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

const labelsOf = (text: string): Readonly<Record<string, string>> => {
  const labels: Record<string, string> = {}
  labelForm.lastIndex = 0
  while (labelForm.lastIndex < text.length) {
    const at = labelForm.lastIndex
    const found = labelForm.exec(text)
    if (found?.[1] === undefined || found[1] in labels) throw new Error(`wrong labels at ${at}: ${text}`)
    labels[found[1]] = found[2] ?? ""
  }
  return labels
}

const valueOf = (text: string): number => {
  const value = text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text)
  if (Number.isNaN(value) && text !== "NaN") throw new Error(`no value: ${text}`)
  return value
}

const checkHistogram = (name: string, samples: ReadonlyArray<Sample>): void => {
  const series = new Map<string, Array<Sample>>()
  for (const sample of samples) {
    const key = JSON.stringify(Object.entries(sample.labels).filter(([label]) => label !== "le"))
    series.set(key, [...(series.get(key) ?? []), sample])
  }
  for (const [key, own] of series) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels }) => valueOf(labels["le"] ?? "none"))
    if (bounds.at(-1) !== Infinity) throw new Error(`${name}${key} has no bucket for everything`)
    const isRising = (values: ReadonlyArray<number>) => values.every((value, at) => value >= (values[at - 1] ?? 0))
    if (!isRising(bounds) || !isRising(buckets.map(({ value }) => value)))
      throw new Error(`${name}${key} does not rise`)
    const count = own.find((sample) => sample.name === `${name}_count`)?.value
    if (count === undefined || count !== buckets.at(-1)?.value) throw new Error(`${name}${key} has a wrong count`)
    if (!own.some((sample) => sample.name === `${name}_sum`)) throw new Error(`${name}${key} has no sum`)
  }
}

/** Reads the text format of Prometheus, version 0.0.4, and throws where a text is not of it. */
export const parsePrometheus = (text: string): ReadonlyMap<string, Family> => {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line has no end")
  const families = new Map<string, { type: string; help: string; samples: Array<Sample> }>()
  const seen = new Set<string>()
  let help: readonly [name: string, text: string] | undefined
  let current: readonly [name: string, type: string] | undefined
  for (const line of text.split("\n").slice(0, -1)) {
    const said = /^# HELP (\S+) (.*)$/.exec(line)
    const typed = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)
    if (said !== null) help = [said[1] ?? "", said[2] ?? ""]
    else if (typed !== null) {
      const [, name = "", type = ""] = typed
      if (families.has(name)) throw new Error(`${name} is there twice`)
      families.set(name, { type, help: help?.[0] === name ? help[1] : "", samples: [] })
      current = [name, type]
    } else {
      const found = sampleForm.exec(line)
      if (found === null || current === undefined) throw new Error(`no sample: ${line}`)
      const [, name = "", labels = "", value = ""] = found
      const [family, type] = current
      if (!(suffixes[type] ?? []).some((suffix) => name === `${family}${suffix}`)) {
        throw new Error(`${name} does not belong to ${family}`)
      }
      if (seen.has(`${name}{${labels}}`)) throw new Error(`${name}{${labels}} is there twice`)
      seen.add(`${name}{${labels}}`)
      families.get(family)?.samples.push({ name, labels: labelsOf(labels), value: valueOf(value) })
    }
  }
  for (const [name, { samples, type }] of families) if (type === "histogram") checkHistogram(name, samples)
  return families
}
