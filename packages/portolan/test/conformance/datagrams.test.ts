import { checkLeaks } from '../socket/leak-check.ts'
import { checkDatagram } from './check-datagram.ts'
import { DATAGRAMS } from './datagram-kinds.ts'

checkLeaks()
for (const kind of DATAGRAMS) checkDatagram(kind)
