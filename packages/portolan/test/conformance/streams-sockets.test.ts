import { checkLeaks } from '../socket/leak-check.ts'
import { checkStream } from './check-stream.ts'
import { SOCKETS } from './stream-kinds.ts'

checkLeaks()
for (const kind of SOCKETS) checkStream(kind)
