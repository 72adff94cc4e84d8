/** Any one system call below connections and listeners fails: nothing hangs, leaks or is wrong. */
import { checkLeaks } from '../socket/leak-check.ts'
import { bothAddresses, limitAndDrain, resetAndDrain, secondAddress } from './dialogues-connection.ts'
import { testEveryFault } from './every-fault.ts'
import { watchProcess } from './trespass.ts'

checkLeaks()
watchProcess()

testEveryFault('52, 57, 69. lines with the second address of a name', secondAddress, 2000)
testEveryFault('52, 57, 69. lines with either address of a name', bothAddresses, 2000)
testEveryFault('52, 57, 69. more clients than the limit, and a drain', limitAndDrain, 2000)
testEveryFault('52, 57, 69. a client that is turned away, and a drain that resets', resetAndDrain, 2000)
