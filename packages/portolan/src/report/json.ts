import { jsonText } from './ndjson.ts'
import type { StreamFormat } from './stream-report.ts'

/** `-oJ`: the events of the NDJSON as one JSON array, one a line; `[]` when there was none. */
export const json: StreamFormat = {
  event: (event, index) => `${index === 0 ? '[\n' : ',\n'}${jsonText(event)}`,
  end: (count) => (count === 0 ? '[]\n' : '\n]\n'),
}
