import { FileSink } from './file-sink.ts'
import type { Sink, SinkOptions } from './sink.ts'
import { StreamSink } from './stream-sink.ts'

/**
 * Opens a sink before the scan begins, so that a wrong path is found before anything is sent.
 *
 * @param path a file, or `-` for standard output
 * @throws ReportError if the file cannot be opened
 */
export async function openSink(path: string, options: SinkOptions = {}): Promise<Sink> {
  return path === '-' ? new StreamSink(process.stdout, path) : FileSink.open(path, options)
}
