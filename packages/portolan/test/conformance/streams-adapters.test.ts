import { checkLeaks } from '../socket/leak-check.ts'
import { checkStream } from './check-stream.ts'
import { ADAPTERS } from './stream-kinds.ts'

checkLeaks()
for (const kind of ADAPTERS) checkStream(kind)
