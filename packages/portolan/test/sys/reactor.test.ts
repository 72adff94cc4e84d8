import assert from 'node:assert/strict'
import { openSync, closeSync } from 'node:fs'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { AF_UNIX, EPOLLET, EPOLLIN, SOCK_CLOEXEC, SOCK_STREAM } from '../../src/sys/constants.ts'
import { Epoll } from '../../src/sys/epoll.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { Reactor } from '../../src/sys/reactor.ts'
import { SocketError } from '../../src/sys/socket-error.ts'
import { socketpair } from '../../src/socket/open.ts'
import { checkLeaks, descriptorFlags } from '../socket/leak-check.ts'

checkLeaks()

test('events come edge-triggered to their own handler, reading before writing, and not after unregister', () => {
  using reactor = new Reactor()
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  const log: string[] = []
  const handler = (name: string) => ({
    onReadable: () => void log.push(`${name} readable`),
    onWritable: () => void log.push(`${name} writable`),
  })
  reactor.register(one.fd, handler('one'))
  reactor.register(other.fd, handler('other'))
  assert.equal(reactor.turn(0), false)
  assert.deepEqual(log.splice(0).sort(), ['one writable', 'other writable'])
  reactor.turn(0)
  assert.deepEqual(log, [], 'an edge is told once')
  other.trySend('x')
  reactor.turn(0)
  assert.deepEqual(log.splice(0), ['one readable', 'one writable'])
  reactor.unregister(one.fd)
  other.trySend('y')
  reactor.turn(0)
  assert.deepEqual(log, [])
  one.close()
  reactor.turn(0)
  assert.deepEqual(log.splice(0), ['other readable', 'other writable'], 'the end of the stream')
})

test('a handler that closes its descriptor hears nothing more of it', () => {
  using reactor = new Reactor()
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using other = right
  const log: string[] = []
  const { fd } = left
  reactor.register(fd, {
    onReadable: () => {
      log.push('readable')
      reactor.unregister(fd)
      left.close()
    },
    onWritable: () => void log.push('writable'),
  })
  other.trySend('x')
  reactor.turn(0)
  assert.deepEqual(log, ['readable'])
})

test('more events than one array takes come in later turns, none is lost', () => {
  using reactor = new Reactor()
  const pairs = Array.from({ length: 600 }, () => socketpair(AF_UNIX, SOCK_STREAM))
  try {
    const told = new Set<number>()
    for (const { fd } of pairs.flat())
      reactor.register(fd, { onReadable: () => undefined, onWritable: () => void told.add(fd) })
    assert.equal(reactor.turn(0), true)
    assert.equal(told.size, 1024)
    assert.equal(reactor.turn(0), false)
    assert.equal(told.size, 1200)
  } finally {
    for (const { close } of pairs.flat().map((each) => ({ close: () => each.close() }))) close()
  }
})

test('what epoll cannot watch is an error: a regular file, a closed number, the same twice', () => {
  using reactor = new Reactor()
  const handler = { onReadable: () => undefined, onWritable: () => undefined }
  const code = (fd: number): string => {
    try {
      reactor.register(fd, handler)
      return 'none'
    } catch (error) {
      return error instanceof SocketError ? `${error.syscall} ${error.code}` : String(error)
    }
  }
  const file = openSync('/etc/hosts', 'r')
  assert.equal(code(file), 'epoll_ctl EPERM')
  closeSync(file)
  assert.equal(code(file), 'epoll_ctl EBADF')
  const [one, other] = socketpair(AF_UNIX, SOCK_STREAM)
  assert.equal(code(one.fd), 'none')
  assert.equal(code(one.fd), 'epoll_ctl EEXIST')
  one.close()
  other.close()
})

test("the epoll instance is closed on exec, and disposing twice closes no one else's descriptor", () => {
  const epoll = new Epoll()
  const { fd } = epoll
  assert.ok((descriptorFlags(fd) & SOCK_CLOEXEC) !== 0)
  epoll[Symbol.dispose]()
  assert.equal(epoll.fd, -1)
  const heir = openSync('/dev/null', 'r')
  assert.equal(heir, fd)
  epoll[Symbol.dispose]()
  closeSync(heir)
})

test('epoll tells which events of which descriptor, and the kernel forgets what is removed', () => {
  using epoll = new Epoll()
  const [left, right] = socketpair(AF_UNIX, SOCK_STREAM)
  using one = left
  using other = right
  assert.equal(epoll.add(one.fd, EPOLLIN, 0x7fffffff), 0)
  assert.equal(epoll.wait(0), 0)
  other.trySend('x')
  assert.equal(epoll.wait(-1), 1)
  assert.deepEqual([epoll.eventsAt(0), epoll.dataAt(0)], [EPOLLIN, 0x7fffffff])
  assert.equal(epoll.wait(0), 1, 'level-triggered goes on telling')
  assert.equal(epoll.modify(one.fd, EPOLLIN | EPOLLET, 5), 0)
  assert.equal(epoll.wait(0), 1)
  assert.equal(epoll.dataAt(0), 5)
  assert.equal(epoll.wait(0), 0, 'edge-triggered does not')
  assert.equal(epoll.remove(one.fd), 0)
  assert.equal(epoll.remove(one.fd), -ERRNO.ENOENT)
})

test('a wait that a signal interrupts counts as no event; other failures are thrown', () => {
  using epoll = new Epoll()
  const real = libc.epoll_wait
  try {
    libc.epoll_wait = () => -ERRNO.EINTR
    assert.equal(epoll.wait(0), 0)
    libc.epoll_wait = () => -ERRNO.EBADF
    assert.throws(() => epoll.wait(0), { code: 'EBADF', syscall: 'epoll_wait' })
  } finally {
    libc.epoll_wait = real
  }
})

test('the blocking driver: a worker thread sits in turn() and answers what comes', async () => {
  const pairs = Array.from({ length: 3 }, () => socketpair(AF_UNIX, SOCK_STREAM))
  const at = (path: string): string => new URL(path, import.meta.url).href
  const worker = new Worker(
    `import { parentPort, workerData } from 'node:worker_threads'
import { Reactor } from '${at('../../src/sys/reactor.ts')}'
import { libc } from '${at('../../src/sys/libc.ts')}'
using reactor = new Reactor()
let open = workerData.length
const turns = []
for (const fd of workerData) {
  const bytes = new Uint8Array(100)
  reactor.register(fd, {
    onReadable() {
      for (;;) {
        const count = libc.recv(fd, bytes, bytes.length, 0)
        if (count === 0) { reactor.unregister(fd); open--; return }
        if (count < 0) return
        libc.send(fd, bytes, count, 0x4000)
      }
    },
    onWritable() {},
  })
}
parentPort.postMessage('ready')
let blocked = 0
while (open > 0) { reactor.turn(10_000); blocked++ }
parentPort.postMessage(blocked)`,
    { eval: true, workerData: pairs.map(([, far]) => far.fd) },
  )
  const ended = once(worker, 'exit')
  const messages: unknown[] = []
  worker.on('message', (message: unknown) => void messages.push(message))
  await Promise.all(
    pairs.map(async ([near], index) => {
      for (let i = 0; i < 50; i++) {
        await near.sendAll(`${index}:${i}`)
        assert.equal(Buffer.from((await near.recv(100)) ?? []).toString(), `${index}:${i}`)
      }
      near.shutdown(1)
    }),
  )
  assert.deepEqual(await ended, [0])
  assert.equal(messages[0], 'ready')
  assert.ok(
    typeof messages[1] === 'number' && messages[1] >= 50,
    'it blocked between the messages, or polled at most so often',
  )
  for (const each of pairs.flat()) each.close()
})
