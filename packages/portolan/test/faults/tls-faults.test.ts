/** Any one system call below TLS fails: nothing hangs, leaks or is wrong. */
import { after } from 'node:test'
import { Certificates } from '../net/certificates.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { tlsListener, tlsUpgrade } from './dialogues-tls.ts'
import { testEveryFault } from './every-fault.ts'
import { watchProcess } from './trespass.ts'

const certificates = new Certificates()
after(() => certificates[Symbol.dispose]())
checkLeaks()
watchProcess()

testEveryFault('52, 57, 69. TLS by a listener', tlsListener(certificates), 30_000)
testEveryFault('52, 69. TLS by an upgrade', tlsUpgrade(certificates), 30_000)
