import type { ScanEvent } from '../scan/events.ts'
import { isShown } from './shown.ts'
import type { ReportOptions, ReportWriter } from './report-writer.ts'
import type { Sink } from './sink.ts'

/** A format in which every event stands for itself. Pure: the texts, in order, are the report. */
export interface StreamFormat {
  /** @returns nothing where the format has no place for the event */
  event(event: ScanEvent, index: number): string
  /** @param count events before */
  end(count: number): string
}

/** Writes each event as it comes. */
export class StreamReport implements ReportWriter {
  readonly #format: StreamFormat
  readonly #sink: Sink
  readonly #options: ReportOptions
  #count = 0

  constructor(format: StreamFormat, sink: Sink, options: ReportOptions = {}) {
    this.#format = format
    this.#sink = sink
    this.#options = options
  }

  write(event: ScanEvent): void | Promise<void> {
    if (event.type === 'port' && !isShown(event, this.#options)) return
    const text = this.#format.event(event, this.#count++)
    if (text !== '') return this.#sink.write(text)
  }

  async finish(): Promise<void> {
    await this.#sink.write(this.#format.end(this.#count))
    await this.#sink.close()
  }
}
