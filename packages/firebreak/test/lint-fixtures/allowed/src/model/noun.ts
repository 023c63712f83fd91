export interface Noun {
  readonly name: string
}
