export type CodeLanguage = 'sql' | 'typescript' | 'json'

export interface CodePiece {
  readonly text: string
  readonly language: CodeLanguage
}

/** For each piece escaped HTML with `hljs-…` spans, safe to put into a page as it is. */
export type Highlight = (pieces: readonly CodePiece[]) => Promise<readonly string[]>
