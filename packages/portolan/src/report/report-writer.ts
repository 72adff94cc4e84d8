import type { ScanEvent } from '../scan/events.ts'
import { ReportError } from './report-error.ts'

/**
 * Turns the events of one scan into one report.
 *
 * `finish` is called once, also after an interrupted scan, and leaves a complete document in every format.
 */
export interface ReportWriter {
  /**
   * Takes an event. A promise means that the output is full: wait for it before the next event.
   *
   * @throws ReportError
   */
  write(event: ScanEvent): void | Promise<void>
  /**
   * Writes what was held back, ends the document and closes the output.
   *
   * @throws ReportError
   */
  finish(): Promise<void>
}

/** What all formats may be asked for; a format ignores what it has no place for. */
export interface ReportOptions {
  /** Say what decided each state (`--reason`). XML and JSON always do. @default false */
  readonly reason?: boolean
  /** Only ports that are open or may be, and only hosts that have one (`--open`). @default false */
  readonly openOnly?: boolean
  /** List hosts that are down as well (`-v`). @default false */
  readonly showDown?: boolean
  /** The command line, for the head of the file. */
  readonly commandLine?: string
  /** Table: a column with the round-trip time. @default false */
  readonly time?: boolean
  /** Table: characters to a line; without it lines are as long as they need to be. */
  readonly width?: number
  /** Table: colour the states. @default false */
  readonly color?: boolean
  /** Table and summary: sentences in place of columns and symbols (`--accessible`). @default false */
  readonly accessible?: boolean
}

/**
 * Several reports of one scan. One that fails is reported once to `onError` and left out from then on; the others
 * go on. Errors that are no `ReportError` are defects and pass through.
 */
export class ReportSet implements ReportWriter {
  readonly #live: Set<ReportWriter>
  readonly #onError: (error: ReportError) => void

  constructor(writers: Iterable<ReportWriter>, onError: (error: ReportError) => void) {
    this.#live = new Set(writers)
    this.#onError = onError
  }

  write(event: ScanEvent): void | Promise<void> {
    let full: Promise<void>[] | undefined
    for (const writer of this.#live) {
      try {
        const room = writer.write(event)
        if (room !== undefined) (full ??= []).push(room.catch((error: unknown) => this.#drop(writer, error)))
      } catch (error) {
        this.#drop(writer, error)
      }
    }
    if (full !== undefined) return Promise.all(full).then(() => undefined)
  }

  async finish(): Promise<void> {
    await Promise.all(
      [...this.#live].map((writer) => writer.finish().catch((error: unknown) => this.#drop(writer, error))),
    )
  }

  #drop(writer: ReportWriter, error: unknown): void {
    if (!(error instanceof ReportError)) throw error
    // A writer can fail twice before it is left out: by a promise still waited for and by the next call.
    if (this.#live.delete(writer)) this.#onError(error)
  }
}
