import { after } from 'node:test'
import { Certificates } from '../net/certificates.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { checkStream } from './check-stream.ts'
import { secureKinds } from './stream-kinds.ts'

const certificates = new Certificates()
after(() => certificates[Symbol.dispose]())
checkLeaks()
for (const kind of secureKinds(certificates)) checkStream(kind)
