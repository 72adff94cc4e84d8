/** `connect` on this machine, over both drivers, to Python's sockets. What needs a wire is in connect-wire.test.ts. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { ConnectError } from '../../src/net/connect-error.ts'
import type { ConnectOptions, TcpConnectOptions } from '../../src/net/connect-options.ts'
import { connect } from '../../src/net/connect.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { rejection } from '../socket/rejection.ts'

let python: PythonPeer
before(() => {
  python = new PythonPeer()
})
after(() => python[Symbol.asyncDispose]())
checkLeaks()

let folder: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-connect-'))
})
afterEach(async () => {
  await python.run("for name in ('l', 'c'):\n  if name in globals(): globals().pop(name).close()")
  rmSync(folder, { recursive: true })
})

/** Python listens as `l`. @returns its port */
function listenIn(host: string, backlog = 16): Promise<number> {
  return python.number(
    "l = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET); l.bind((host, 0)); l.listen(backlog); out = l.getsockname()[1]",
    { host, backlog },
  )
}

/** A port on which nobody listens: bound, not listening, and so nobody else's. */
function closedPort(): Promise<number> {
  return python.number("l = socket.socket(); l.bind(('127.0.0.1', 0)); out = l.getsockname()[1]")
}

async function failure(options: ConnectOptions): Promise<ConnectError> {
  const error = await rejection(connect(options))
  assert.ok(error instanceof ConnectError, error.message)
  return error
}

const unasked = (): never => assert.fail('the name was looked up')

for (const driver of ['kernel', 'portable'] as const) {
  for (const host of ['127.0.0.1', '::1'])
    test(`${driver}: connects to ${host}, a literal without a look-up, and both sides agree on the addresses`, async () => {
      const port = await listenIn(host)
      await using conn = await connect({ host, port, lookup: unasked, driver })
      const [peer, own] = [conn.remoteAddress, conn.localAddress]
      assert.deepEqual(peer, { host, port })
      assert.ok(own !== undefined && 'host' in own)
      const seen = await python.run('c, a = l.accept(); out = list(a[:2])')
      assert.deepEqual(seen, [own.host, own.port])
      await conn.write('hello')
      assert.equal(await python.run("c.sendall(b'you said ' + c.recv(5)); c.close()"), null)
      const said: string[] = []
      for await (const chunk of conn) said.push(new TextDecoder().decode(chunk))
      assert.equal(said.join(''), 'you said hello')
    })

  test(`${driver}: connects to UNIX sockets: a path, a path in bytes, an abstract name`, async () => {
    const path = join(folder, 'söck')
    const abstract = `\0portolan-${process.pid}-${driver}`
    for (const [name, bound] of [
      [path, path],
      [new TextEncoder().encode(path), path],
      [abstract, abstract],
    ] as const) {
      await python.run(
        "if os.path.exists(bound.replace('\\0', '@')): os.unlink(bound)\nl = socket.socket(socket.AF_UNIX); l.bind(bound); l.listen()",
        { bound },
      )
      await using conn = await connect({ path: name, driver })
      await python.run("c, _ = l.accept(); c.sendall(b'x')")
      assert.deepEqual(await conn.read(), Uint8Array.of(0x78))
    }
  })

  test(`${driver}: 17, 89. nobody listens: ECONNREFUSED with the call, the number and both addresses`, async () => {
    const port = await closedPort()
    const error = await failure({ host: '127.0.0.1', port, driver })
    assert.deepEqual([error.code, error.errno, error.syscall], ['ECONNREFUSED', 111, 'connect'])
    assert.deepEqual(error.remote, { host: '127.0.0.1', port })
    assert.match(error.message, new RegExp(`^connect ECONNREFUSED 127.0.0.1:${port}( |$)`))
    assert.equal(error.errors.length, 1)
  })

  test(`${driver}: 25, 89. all addresses failed: one error, one line, every attempt`, async () => {
    const port = await closedPort()
    const lookup = async (): Promise<string[]> => ['127.0.0.1', '127.0.0.2', '::1', '127.0.0.1']
    const error = await failure({ host: 'many.test', port, lookup, driver })
    // The families take turns, and what comes twice is tried once.
    const tried = [`127.0.0.1:${port}`, `[::1]:${port}`, `127.0.0.2:${port}`]
    assert.equal(
      error.message,
      `connect ECONNREFUSED many.test:${port}: ${tried.map((each) => `${each} ECONNREFUSED`).join(', ')}`,
    )
    assert.deepEqual(
      error.errors.map(({ remote }) => remote),
      ['127.0.0.1', '::1', '127.0.0.2'].map((host) => ({ host, port })),
    )
    assert.equal(error.stack?.split('\n')[0], `ConnectError: ${error.message}`)
  })

  test(`${driver}: 26. an address that refuses gives the next one its turn at once`, async () => {
    const port = await listenIn('127.0.0.1')
    const lookup = async (): Promise<string[]> => ['::1', '127.0.0.2', '127.0.0.1']
    // Longer than this test may take: nobody waits for it.
    await using conn = await connect({
      host: 'some.test',
      port,
      lookup,
      attemptDelay: 2000,
      timeout: 1500,
      driver,
    })
    assert.deepEqual(conn.remoteAddress, { host: '127.0.0.1', port })
  })

  test(`${driver}: a UNIX socket that is not there, or on which nobody listens`, async () => {
    const path = join(folder, 'none')
    const missing = await failure({ path, driver })
    assert.deepEqual([missing.code, missing.remote], ['ENOENT', { path }])
    await python.run('l = socket.socket(socket.AF_UNIX); l.bind(path)', { path })
    assert.equal((await failure({ path, driver })).code, 'ECONNREFUSED')
  })

  test(`${driver}: a UNIX listener with a full queue is waited for`, async () => {
    const path = join(folder, 'full')
    await python.run('l = socket.socket(socket.AF_UNIX); l.bind(path); l.listen(0)', { path })
    await using first = await connect({ path, driver })
    const late = await failure({ path, timeout: 50, driver })
    assert.deepEqual([late.code, late.remote], ['ERR_SOCKET_TIMEOUT', { path }])
    const stop = new AbortController()
    const aborted = failure({ path, signal: stop.signal, driver })
    const waiting = connect({ path, driver })
    await turn()
    stop.abort(new Error('enough'))
    assert.equal((await aborted).code, 'ABORT_ERR')
    await python.run('c, _ = l.accept()')
    await using second = await waiting
    assert.deepEqual([first.closed, second.closed], [false, false])
  })

  test(`${driver}: 28. connects from the own address and port it is told`, async () => {
    const port = await listenIn('127.0.0.1')
    const own = await python.number(
      "with socket.socket() as s: s.bind(('127.0.0.3', 0)); out = s.getsockname()[1]",
    )
    for (const [localAddress, seen] of [
      [{ host: '127.0.0.2' }, ['127.0.0.2', undefined]],
      [{ host: '127.0.0.3', port: own }, ['127.0.0.3', own]],
    ] as const) {
      // The name has an IPv6 address too, which does not fit.
      const lookup = async (): Promise<string[]> => ['::1', '127.0.0.1']
      await using conn = await connect({ host: 'both.test', port, lookup, localAddress, driver })
      assert.deepEqual(conn.remoteAddress, { host: '127.0.0.1', port })
      const theirs = await python.run('c, a = l.accept(); out = list(a)')
      assert.ok(Array.isArray(theirs))
      assert.deepEqual([theirs[0], seen[1] === undefined ? undefined : theirs[1]], seen)
    }
  })

  test(`${driver}: 28. an own address in use says so, and which`, async () => {
    const port = await listenIn('127.0.0.1')
    const error = await failure({
      host: '127.0.0.1',
      port,
      localAddress: { host: '127.0.0.1', port },
      driver,
    })
    assert.deepEqual([error.code, error.syscall], ['EADDRINUSE', 'bind'])
    assert.deepEqual(error.local, { host: '127.0.0.1', port })
  })

  test(`${driver}: 28. no address in the family of the own address: a clear error`, async () => {
    const options = { host: '::1', port: 1, localAddress: { host: '127.0.0.1' }, driver }
    const error = await rejection(connect(options))
    assert.equal(
      error.message,
      'getaddrinfo EAI_ADDRFAMILY ::1 has no IPv4 address, which localAddress 127.0.0.1 needs',
    )
    const lookup = async (): Promise<string[]> => ['127.0.0.1']
    const other = await rejection(connect({ host: 'four.test', port: 1, family: 6, lookup, driver }))
    assert.deepEqual(
      [other.code, other.message],
      ['EAI_ADDRFAMILY', 'getaddrinfo EAI_ADDRFAMILY four.test has no IPv6 address'],
    )
  })

  test(`${driver}: only addresses of the family that is asked for are tried`, async () => {
    const port = await listenIn('127.0.0.1')
    const asked: unknown[] = []
    const lookup: TcpConnectOptions['lookup'] = async (host, { family }) => {
      asked.push([host, family])
      return ['::1', '127.0.0.1']
    }
    const error = await failure({ host: 'both.test', port, family: 6, lookup, driver })
    assert.deepEqual(
      error.errors.map(({ remote }) => remote),
      [{ host: '::1', port }],
    )
    await using conn = await connect({ host: 'both.test', port, family: 4, lookup, driver })
    assert.deepEqual(conn.remoteAddress, { host: '127.0.0.1', port })
    assert.deepEqual(asked, [
      ['both.test', 6],
      ['both.test', 4],
    ])
  })

  test(`${driver}: 27. the time of the look-up counts: one that never ends is left`, async () => {
    const lookup = (): Promise<string[]> => new Promise(() => undefined)
    const error = await rejection(connect({ host: 'slow.test', port: 1, lookup, timeout: 20, driver }))
    assert.deepEqual(
      [error.code, error.message],
      ['ERR_SOCKET_TIMEOUT', 'getaddrinfo ERR_SOCKET_TIMEOUT slow.test'],
    )
  })

  test(`${driver}: 21. aborted before: nothing is looked up or opened`, async () => {
    const reason = new Error('no more')
    const signal = AbortSignal.abort(reason)
    const error = await rejection(connect({ host: 'a.test', port: 1, lookup: unasked, signal, driver }))
    assert.deepEqual([error.code, error.cause, error.name], ['ABORT_ERR', reason, 'AbortError'])
    assert.equal(error.message, 'connect ABORT_ERR a.test:1')
    assert.equal(
      (await rejection(connect({ host: 'a.test', port: 1, timeout: 0, driver }))).code,
      'ERR_SOCKET_TIMEOUT',
    )
  })

  test(`${driver}: 21. aborted during the look-up, with the signal's reason and no listener left`, async () => {
    const stop = new AbortController()
    const lookup = (): Promise<string[]> => new Promise(() => stop.abort('enough'))
    const error = await rejection(
      connect({ host: 'a.test', port: 1, lookup, signal: stop.signal, timeout: 60_000, driver }),
    )
    assert.deepEqual([error.code, error.syscall, error.cause], ['ABORT_ERR', 'getaddrinfo', 'enough'])
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0)
  })

  test(`${driver}: 21. aborted afterwards: the connection does not care, and the signal has no listener left`, async () => {
    const port = await listenIn('127.0.0.1')
    const stop = new AbortController()
    await using conn = await connect({
      host: '127.0.0.1',
      port,
      signal: stop.signal,
      timeout: 60_000,
      driver,
    })
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0)
    stop.abort()
    await python.run("c, _ = l.accept(); c.sendall(b'x')")
    assert.deepEqual(await conn.read(), Uint8Array.of(0x78))
  })

  test(`${driver}: 20. an abort at any turn on the way to success: a connection or ABORT_ERR, nothing between`, async () => {
    const port = await listenIn('127.0.0.1', 64)
    const ends = new Set<string>()
    for (let turns = 0; turns < 40; turns++) {
      const stop = new AbortController()
      const outcome = connect({ host: '127.0.0.1', port, signal: stop.signal, driver }).then(
        async (conn) => {
          // Who aborted before is not given a connection.
          const late = stop.signal.aborted
          await conn.close()
          return late ? 'late' : 'connected'
        },
        (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'other'),
      )
      // Microtasks first: the abort falls between the steps of the promise chain too.
      for (let i = 0; i < turns % 20; i++) await Promise.resolve()
      if (turns >= 20) for (let i = 20; i < turns; i++) await turn()
      stop.abort()
      ends.add(await outcome)
    }
    // Both sides of the race were seen, and nothing else.
    assert.deepEqual([...ends].sort(), ['ABORT_ERR', 'connected'])
    // checkLeaks counts what is left.
  })

  test(`${driver}: a look-up without an answer is EAI_NONAME, and what it throws comes through`, async () => {
    const none = await rejection(connect({ host: 'none.test', port: 1, lookup: async () => [], driver }))
    assert.equal(none.message, 'getaddrinfo EAI_NONAME none.test')
    const broken = new Error('name server on fire')
    const lookup = (): Promise<string[]> => Promise.reject(broken)
    await assert.rejects(connect({ host: 'a.test', port: 1, lookup, driver }), broken)
    const names = async (): Promise<string[]> => ['b.test']
    await assert.rejects(connect({ host: 'a.test', port: 1, lookup: names, driver }), RangeError)
  })

  test(`${driver}: keepAliveSeconds arms the kernel's timer; by default there is none`, async () => {
    const port = await listenIn('127.0.0.1')
    const timers = (): string[] =>
      execFileSync('ss', ['-Htno', 'dst', `127.0.0.1:${port}`], { encoding: 'utf8' })
        .split('\n')
        .slice(0, -1)
    await using quiet = await connect({ host: '127.0.0.1', port, driver })
    assert.doesNotMatch(timers().join(), /timer:/)
    await using probing = await connect({ host: '127.0.0.1', port, keepAliveSeconds: 1000, driver })
    assert.equal(timers().filter((line) => /timer:\(keepalive,16min/.test(line)).length, 1)
    assert.deepEqual([quiet.closed, probing.closed], [false, false])
  })

  test(`${driver}: the stack leads to who called`, async () => {
    const port = await closedPort()
    const callerOfConnect = async (options: ConnectOptions): Promise<void> => {
      await (await connect(options)).close()
    }
    const lookup = async (): Promise<string[]> => []
    for (const options of [
      { host: '127.0.0.1', port, driver },
      { host: 'none.test', port, lookup, driver },
      { host: '127.0.0.1', port, timeout: 0, driver },
    ]) {
      const error = await rejection(callerOfConnect(options))
      assert.match(error.stack ?? '', /callerOfConnect .*connect\.test\.ts/)
    }
  })
}

const BAD: readonly (readonly [string, object, RegExp])[] = [
  ['nothing at all', {}, /TypeError: connect needs \{ host, port \} or \{ path \}/],
  ['no host', { host: '', port: 1 }, /RangeError: host must be a name/],
  ['a NUL in the name', { host: 'a\0b', port: 1 }, /RangeError: host must be a name/],
  ['no port', { host: 'a' }, /RangeError: Port must be a whole number from 0 to 65535/],
  ['a port past the end', { host: 'a', port: 65_536 }, /RangeError: Port must be/],
  ['a third family', { host: 'a', port: 1, family: 5 }, /RangeError: family must be 4 or 6, not 5/],
  [
    'an own name',
    { host: 'a', port: 1, localAddress: { host: 'b' } },
    /RangeError: localAddress.host must be/,
  ],
  [
    'own address and family apart',
    { host: 'a', port: 1, family: 6, localAddress: { host: '127.0.0.1' } },
    /RangeError: family is 6, but localAddress 127.0.0.1 is of IPv4/,
  ],
  [
    'a short delay',
    { host: 'a', port: 1, attemptDelay: 9 },
    /RangeError: attemptDelay must be .* 10 to 2000/,
  ],
  ['a long delay', { host: 'a', port: 1, attemptDelay: 2001 }, /RangeError: attemptDelay/],
  ['a negative keep-alive', { host: 'a', port: 1, keepAliveSeconds: -1 }, /RangeError: keepAliveSeconds/],
  ['no timeout', { host: 'a', port: 1, timeout: Number.NaN }, /RangeError: timeout must be at most/],
]

for (const [what, options, message] of BAD)
  test(`refuses ${what}`, async () => {
    // As a program without types calls it.
    const call: unknown = Reflect.apply(connect, undefined, [options])
    assert.ok(call instanceof Promise)
    await assert.rejects(call, message)
  })
