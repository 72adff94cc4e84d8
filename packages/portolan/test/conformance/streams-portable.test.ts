import { checkLeaks } from '../socket/leak-check.ts'
import { checkStream } from './check-stream.ts'
import { PORTABLES } from './stream-kinds.ts'

checkLeaks()
for (const kind of PORTABLES) checkStream(kind)
