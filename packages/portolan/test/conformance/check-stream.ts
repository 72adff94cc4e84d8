/** What every stream of bytes has to do, whatever it is made of: the items of the conformance list that concern streams. */
import { checkStreamData } from './check-stream-data.ts'
import { checkStreamDeadlines } from './check-stream-deadlines.ts'
import { checkStreamEnds } from './check-stream-ends.ts'
import { checkStreamLife } from './check-stream-life.ts'
import { checkStreamLoad } from './check-stream-load.ts'
import type { StreamKind } from './stream-kind.ts'

/** Registers the tests. The file that calls it calls `checkLeaks` once. */
export function checkStream(kind: StreamKind): void {
  checkStreamLife(kind)
  checkStreamEnds(kind)
  checkStreamData(kind)
  checkStreamDeadlines(kind)
  checkStreamLoad(kind)
}
