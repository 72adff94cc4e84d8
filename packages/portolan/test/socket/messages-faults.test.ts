/** A dialogue of messages, and in turn every single recvmsg and sendmsg of it fails: nothing may hang, leak or be lost. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AF_INET, AF_UNIX, IPPROTO_IP, SOCK_DGRAM, SOCK_STREAM } from '../../src/sys/constants.ts'
import { IP_PKTINFO } from '../../src/sys/constants-messages.ts'
import { ERRNO, type ErrnoName } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import { replyFrom } from '../../src/socket/outgoing-control.ts'
import { tellEdgeAgain } from '../faults/edge.ts'
import { checkLeaks } from './leak-check.ts'

checkLeaks()

type Faulty = 'recvmsg' | 'sendmsg'

/** Runs with the n-th call of one member failing. @returns how many calls there were */
async function withFault(
  member: Faulty,
  n: number,
  errno: number,
  dialogue: () => Promise<void>,
): Promise<number> {
  const real = libc[member]
  let calls = 0
  libc[member] = (fd, header, flags) => {
    if (++calls !== n) return real(fd, header, flags)
    if (errno === ERRNO.EAGAIN) tellEdgeAgain(fd)
    return -errno
  }
  try {
    await dialogue()
  } finally {
    libc[member] = real
  }
  return calls
}

/** What a program does about a passing lack of buffers or memory: the same again. */
async function persist<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 10; tries++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof SocketError) || !['ENOBUFS', 'ENOMEM'].includes(error.code)) throw error
    }
  }
  throw new Error('Failed ten times')
}

/** Descriptors there and back, each step with an answer, so that every call waits once. */
async function passing(): Promise<void> {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  for (let i = 0; i < 3; i++) {
    const receiving = persist(() => other.recvmsg(10, { timeout: 10_000 }))
    const control = [{ kind: 'rights', descriptors: [one, 0] }] as const
    assert.equal(await persist(() => one.sendmsg([Buffer.from('ta'), Buffer.from('ke')], { control })), 4)
    using message = await receiving
    const [rights] = message?.control ?? []
    assert.ok(message && rights?.kind === 'rights')
    assert.equal(Buffer.from(message.data).toString(), 'take')
    assert.equal(rights.descriptors.length, 2)
  }
}

/** Questions and answers by packet info. */
async function asking(): Promise<void> {
  using server = socket(AF_INET, SOCK_DGRAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.setsockopt(IPPROTO_IP, IP_PKTINFO, 1)
  using client = socket(AF_INET, SOCK_DGRAM)
  await client.connect(server.getsockname())
  for (let i = 0; i < 3; i++) {
    const asked = persist(() => server.recvmsg(10, { timeout: 10_000 }))
    await persist(() => client.sendmsg(`q${i}`))
    using question = await asked
    const { address, control = [] } = question ?? {}
    assert.ok(address)
    const into = [new Uint8Array(1), new Uint8Array(1)]
    const answered = persist(() => client.recvmsg(into, { timeout: 10_000 }))
    await persist(() => server.sendmsg(`a${i}`, { address, control: replyFrom(control) }))
    using answer = await answered
    assert.equal(answer?.data, 2)
    assert.equal(Buffer.concat(into).toString(), `a${i}`)
  }
}

const ERRNOS: readonly ErrnoName[] = ['EINTR', 'EAGAIN', 'ENOBUFS', 'ENOMEM']

for (const dialogue of [passing, asking])
  for (const member of ['recvmsg', 'sendmsg'] as const)
    for (const name of ERRNOS)
      test(
        `52, 69. ${dialogue.name}: any one ${member} fails with ${name}`,
        { timeout: 60_000 },
        async () => {
          const calls = await withFault(member, 0, 0, dialogue)
          assert.ok(calls >= 3, `${calls} calls`)
          for (let n = 1; n <= calls; n++) await withFault(member, n, ERRNO[name], dialogue)
        },
      )
