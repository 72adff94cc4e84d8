/**
 * Where a report goes: a file or standard output.
 *
 * Errors are `ReportError`s. One that happens while nobody waits is thrown by the next call; after the first
 * error every call throws the same one and nothing more is written.
 */
export interface Sink {
  /** As the user named it; `-` is standard output. */
  readonly path: string
  /**
   * Takes text to be written in order. A promise means that the sink is full: wait for it before the next call.
   *
   * @throws ReportError
   */
  write(text: string): void | Promise<void>
  /**
   * Everything taken is written; a file is closed, standard output stays open.
   *
   * @throws ReportError
   */
  close(): Promise<void>
}

export interface SinkOptions {
  /** Write after what the file holds, not over it (`--append-output`). @default false */
  readonly append?: boolean
}
