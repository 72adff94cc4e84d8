/** An own end, or a reset, that fails: it may be asked for again, and gives the descriptor back all the same. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Connection } from '../../src/net/connection.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { Certificates } from '../net/certificates.ts'
import { PAIRS, tcpPair, withPair, type Pair } from '../net/stream-pairs.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { rejection } from '../socket/rejection.ts'
import { Interception, type CallName } from './interception.ts'
import { watchProcess } from './trespass.ts'

const certificates = new Certificates()
after(() => certificates[Symbol.dispose]())
checkLeaks()
watchProcess()

const LONG = { timeout: 10_000 }

async function tlsPair(): Promise<Pair> {
  const [one, other] = await tcpPair()
  const { cert, key } = certificates.server
  return Promise.all([
    one.upgradeTls({ ca: certificates.ca.cert, servername: 'server.test' }),
    other.upgradeTls({ isServer: true, cert, key }),
  ])
}

/** Lets every call of one name fail. */
function failing(name: CallName, errno: number): Interception {
  return new Interception((call) => (call.name === name ? -errno : call.proceed()))
}

for (const { name, make } of [...PAIRS, { name: 'TLS', make: tlsPair }])
  test(`32, 48. ${name}: closeWrite that ran out of time has not ended, and can be asked again`, () =>
    withPair(make, async (one, other) => {
      one.setDeadline(0, 'write')
      await assert.rejects(one.closeWrite(), { code: 'ERR_SOCKET_TIMEOUT' })
      one.setDeadline(null)
      await one.write('still open')
      await one.closeWrite()
      await one.closeWrite()
      assert.equal(await other.readLine(LONG), 'still open')
      assert.equal(await other.readLine(LONG), null)
    }))

test('32. closeWrite that the kernel refuses has not ended, and can be asked again', () =>
  withPair(tcpPair, async (one, other) => {
    {
      using _ = failing('shutdown', ERRNO.ENOBUFS)
      await assert.rejects(one.closeWrite(), { code: 'ENOBUFS', syscall: 'shutdown' })
    }
    await one.closeWrite()
    assert.equal(await other.read(LONG), null)
  }))

describe('a close_notify that cannot be sent', () => {
  for (const code of ['ENOBUFS', 'EIO'] as const)
    test(`for ${code} is told to who ends, and is no end to the other`, () =>
      withPair(tlsPair, async (one: Connection, other: Connection) => {
        {
          using _ = failing('send', ERRNO[code])
          await assert.rejects(one.closeWrite(), { code })
        }
        const { code: seen } = await rejection(other.read(LONG))
        // A reset where session tickets came that nobody has read.
        assert.ok(['ERR_TLS_TRUNCATED', 'ECONNRESET'].includes(seen), seen)
      }))
})

test('36. a reset for which the kernel has no memory gives the descriptor back all the same', () =>
  withPair(tcpPair, async (one, other) => {
    {
      using _ = failing('setsockopt', ERRNO.ENOMEM)
      one.reset()
    }
    assert.equal(one.closed, true)
    assert.equal(await other.read(LONG), null)
  }))
