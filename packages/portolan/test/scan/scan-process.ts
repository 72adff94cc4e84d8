/**
 * A scan in a process of its own. argv[2]: the options as JSON, and `leaveAfter`, a number of events after which the loop
 * is left. Prints the events as NDJSON, and `{"type":"progress",…}` as it goes.
 */
import { scan, type ScanOptions } from '../../src/scan.ts'

const { leaveAfter, ...options }: ScanOptions & { leaveAfter?: number } = JSON.parse(process.argv[2] ?? '{}')

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

let count = 0
const onProgress = (progress: object): void => print({ type: 'progress', ...progress })
for await (const event of scan({ ...options, onProgress })) {
  print(event)
  if (++count === leaveAfter) break
}
