/** Any one system call of what programs do with sockets fails: nothing hangs, leaks or is wrong. */
import { checkLeaks } from '../socket/leak-check.ts'
import {
  batchEcho,
  datagramEcho,
  descriptorPassing,
  fileTransfer,
  requestAndResponse,
} from './dialogues-socket.ts'
import { testEveryFault } from './every-fault.ts'
import { watchProcess } from './trespass.ts'

checkLeaks()
watchProcess()

testEveryFault('52, 57, 69. TCP: a question and its answer', requestAndResponse, 100_000)
testEveryFault('52, 69. TCP: a file', fileTransfer, 100_000)
testEveryFault('52, 69. UDP: messages one by one', datagramEcho, 2000)
testEveryFault('52, 69, 70. UDP: messages in bulk', batchEcho, 2000)
testEveryFault('52, 69. UNIX: descriptors in messages', descriptorPassing, 500)
