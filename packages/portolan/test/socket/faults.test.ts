/** One dialogue, and in turn every single system call of it fails: nothing may hang, leak or be lost. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { AF_INET, AF_UNIX, MSG_WAITALL, SHUT_WR, SOCK_DGRAM, SOCK_STREAM } from '../../src/sys/constants.ts'
import { ERRNO, type ErrnoName } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { socket, socketpair } from '../../src/socket/open.ts'
import type { Socket } from '../../src/socket/socket.ts'
import { tellEdgeAgain } from '../faults/edge.ts'
import { checkLeaks } from './leak-check.ts'

checkLeaks()

type Faulty = 'recv' | 'send' | 'recvfrom' | 'sendto' | 'accept4' | 'connect'
const FAULTY: readonly Faulty[] = ['recv', 'send', 'recvfrom', 'sendto', 'accept4', 'connect']

/** Runs with the n-th call of one member failing. @returns how many calls there were */
async function withFault(
  member: Faulty,
  n: number,
  errno: number,
  dialogue: () => Promise<void>,
): Promise<number> {
  const real = libc[member]
  let calls = 0
  const faulty = (...args: readonly [number, ...unknown[]]): unknown => {
    if (++calls !== n) return Reflect.apply(real, libc, args)
    if (errno === ERRNO.EAGAIN) tellEdgeAgain(args[0])
    return -errno
  }
  Reflect.set(libc, member, faulty)
  try {
    await dialogue()
  } finally {
    Reflect.set(libc, member, real)
  }
  return calls
}

/** What a program does about a passing lack of buffers, and about a UNIX listener's full backlog: the same again. */
async function persist<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 10; tries++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof SocketError) || !['ENOBUFS', 'EAGAIN'].includes(error.code)) throw error
    }
  }
  throw new Error('Failed ten times')
}

async function sendEverything(to: Socket, data: Uint8Array): Promise<void> {
  let sent = 0
  await persist(async () => {
    try {
      await to.sendAll(data.subarray(sent))
    } catch (error) {
      if (error instanceof SocketError) sent += error.bytesSent ?? 0
      throw error
    }
  })
}

async function receiveEverything(from: Socket): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (;;) {
    const part = await persist(() => from.recv(50_000))
    if (part === null) return Buffer.concat(parts)
    parts.push(part)
  }
}

const request = randomBytes(300_000)
const answer = randomBytes(400_000)

async function streams(): Promise<void> {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  const serving = (async () => {
    using client = (await persist(() => server.accept())).client
    const heard = await receiveEverything(client)
    await sendEverything(client, answer)
    return heard
  })()
  using client = socket(AF_INET, SOCK_STREAM)
  await persist(() => client.connect(server.getsockname()))
  await sendEverything(client, request)
  client.shutdown(SHUT_WR)
  assert.ok((await receiveEverything(client)).equals(answer))
  assert.ok((await serving).equals(request))
}

async function datagrams(): Promise<void> {
  for (const [family, address] of [
    [AF_INET, { host: '127.0.0.1', port: 0 }],
    [AF_UNIX, { path: '' }],
  ] as const) {
    using one = socket(family, SOCK_DGRAM)
    using other = socket(family, SOCK_DGRAM)
    one.bind(address)
    other.bind(address)
    for (let i = 0; i < 3; i++) {
      const receiving = persist(() => other.recvfrom(10))
      await persist(() => one.sendto(`d${i}`, other.getsockname()))
      const { data, address } = await receiving
      assert.equal(Buffer.from(data).toString(), `d${i}`)
      assert.deepEqual(address, one.getsockname())
    }
  }
}

/** Small steps with an answer each, so that every call waits once. */
async function steps(): Promise<void> {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const into = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const receiving = persist(() => other.recvInto(into))
    assert.equal(await persist(() => one.send('ping')), 4)
    assert.equal(await receiving, 4)
    // An error in the middle of MSG_WAITALL is told and loses what had come; so the whole answer is sent at once.
    const waiting = persist(() => one.recv(4, { flags: MSG_WAITALL }))
    await sendEverything(other, into)
    assert.deepEqual(await waiting, into)
  }
}

const ERRNOS: readonly ErrnoName[] = ['EINTR', 'EAGAIN', 'ENOBUFS', 'ECONNABORTED']

for (const dialogue of [streams, datagrams, steps])
  for (const member of FAULTY)
    for (const name of ERRNOS) {
      // Only accept passes over an aborted connection; elsewhere it is the end of this one.
      if (name === 'ECONNABORTED' && member !== 'accept4') continue
      test(
        `52, 57, 69. ${dialogue.name}: any one ${member} fails with ${name}`,
        { timeout: 60_000 },
        async (t) => {
          const calls = await withFault(member, 0, 0, dialogue)
          if (calls === 0) return t.diagnostic(`${dialogue.name} makes no ${member}`)
          for (let n = 1; n <= calls; n++) await withFault(member, n, ERRNO[name], dialogue)
        },
      )
    }

test('the dialogues make every call that is made to fail', async () => {
  for (const member of FAULTY) {
    let calls = 0
    for (const dialogue of [streams, datagrams, steps]) calls += await withFault(member, 0, 0, dialogue)
    assert.ok(calls > 0, member)
  }
})

test('24. connect interrupted after it began goes on, and a spurious event is no success', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  using client = socket(AF_INET, SOCK_STREAM)
  const real = libc.connect
  const answers: number[] = []
  libc.connect = (fd, address, length) => {
    const outcome = real(fd, address, length)
    answers.push(outcome)
    return answers.length === 1 ? -ERRNO.EINTR : answers.length === 2 ? -ERRNO.EALREADY : outcome
  }
  try {
    const connecting = client.connect(server.getsockname())
    setImmediate(() => void setImmediate(tellEdgeAgain, client.fd))
    await connecting
  } finally {
    libc.connect = real
  }
  assert.ok(answers.length >= 3)
  assert.deepEqual(client.getpeername(), server.getsockname())
})

test('19. an error that something else took off the socket is not taken for success', async () => {
  using server = socket(AF_INET, SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  using client = socket(AF_INET, SOCK_STREAM)
  const connecting = client.connect(server.getsockname()).then(
    () => 'connected',
    (error: unknown) => (error instanceof SocketError ? error.code : error),
  )
  client.getsockopt(1, 4) // SO_ERROR, which reading clears
  assert.ok(['ECONNREFUSED', 'ECONNABORTED'].includes(String(await connecting)))
})

test('a registration that fails ends the call with its error, leaves nothing in line, and the next one works', async () => {
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const real = libc.epoll_ctl
  libc.epoll_ctl = () => -ERRNO.ENOSPC
  try {
    for (let i = 0; i < 2; i++)
      await assert.rejects(one.recv(1, { timeout: 10_000 }), { code: 'ENOSPC', syscall: 'epoll_ctl' })
  } finally {
    libc.epoll_ctl = real
  }
  const receiving = one.recv(1)
  await other.send('x')
  assert.equal((await receiving)?.length, 1)
})
