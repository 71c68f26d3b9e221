/** A JSON payload whose text `JSON.stringify` has written: what is one JSON value already need not be checked to be one. */
export class WrittenJson {
  readonly _tag = "Json"
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}
