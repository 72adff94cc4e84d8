import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { ByteStream } from '../../src/net/byte-stream.ts'
import { toDuplex } from '../../src/net/duplex.ts'
import { pipe } from '../../src/net/pipe.ts'
import { checkLeaks } from '../socket/leak-check.ts'
import { PythonPeer } from '../socket/python-peer.ts'
import { ScriptProcess } from '../socket/script-process.ts'
import { pattern, tcpPair, toPython, withPair } from './stream-pairs.ts'

checkLeaks()

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('a Duplex in place of a net.Socket', () => {
  test('gives buffers that wait together as one write', async () => {
    const writes: (number | number[])[] = []
    let release = (): void => undefined
    const [end] = pipe()
    const stream: ByteStream = {
      localAddress: undefined,
      remoteAddress: undefined,
      socket: undefined,
      closed: false,
      read: end.read.bind(end),
      async write(data) {
        assert.ok(typeof data !== 'string')
        writes.push(ArrayBuffer.isView(data) ? data.byteLength : data.map((piece) => piece.byteLength))
        await new Promise<void>((resolve) => {
          release = resolve
        })
      },
      closeWrite: () => Promise.resolve(),
      close: () => end.close(),
      reset: () => end.reset(),
      setDeadline: () => undefined,
    }
    const duplex = toDuplex(stream)
    for (const length of [1, 2, 3, 4]) duplex.write(Buffer.alloc(length))
    assert.equal(duplex.bytesWritten, 10)
    release()
    await pause(1)
    release()
    await pause(1)
    assert.deepEqual(writes, [1, [2, 3, 4]])
    assert.equal(duplex.bytesWritten, 10)
    duplex.destroy()
    await once(duplex, 'close')
  })

  test('tells the addresses that net.Socket would tell', () =>
    withPair(tcpPair, async (one, other) => {
      const duplex = one.toDuplex()
      const { localAddress, remoteAddress } = one
      assert.ok(localAddress !== undefined && 'host' in localAddress)
      assert.ok(remoteAddress !== undefined && 'host' in remoteAddress)
      assert.equal(duplex.localAddress, '127.0.0.1')
      assert.equal(duplex.localPort, localAddress.port)
      assert.equal(duplex.localFamily, 'IPv4')
      assert.equal(duplex.remoteAddress, '127.0.0.1')
      assert.equal(duplex.remotePort, remoteAddress.port)
      assert.equal(duplex.remoteFamily, 'IPv4')
      assert.deepEqual(duplex.address(), { address: '127.0.0.1', family: 'IPv4', port: localAddress.port })
      assert.equal(duplex.connecting, false)
      assert.equal(duplex.readyState, 'open')
      duplex.destroy()
      await once(duplex, 'close')
      assert.equal(duplex.readyState, 'closed')
      const local = other.toDuplex()
      assert.equal(local.remotePort, localAddress.port)
      local.destroy()
    }))

  test('has no addresses in a pipe', () =>
    withPair(
      () => Promise.resolve(pipe()),
      async (one) => {
        const duplex = one.toDuplex()
        assert.deepEqual(duplex.address(), {})
        assert.equal(duplex.remoteAddress, undefined)
        assert.equal(duplex.remotePort, undefined)
        assert.equal(duplex.remoteFamily, undefined)
        assert.equal(duplex.setNoDelay().setKeepAlive(true, 1000).ref().unref(), duplex)
        await Promise.resolve()
      },
    ))

  test('sets the options of a TCP socket, also after it has gone', () =>
    withPair(tcpPair, async (one) => {
      const duplex = one.toDuplex()
      const options = one.socket?.options
      assert.ok(options !== undefined)
      assert.equal(duplex.setNoDelay(false), duplex)
      assert.equal(options.noDelay, false)
      duplex.setNoDelay()
      assert.equal(options.noDelay, true)
      assert.equal(duplex.setKeepAlive(true, 7999), duplex)
      assert.equal(options.keepAlive, true)
      assert.equal(options.keepAliveIdleSeconds, 7)
      duplex.setKeepAlive()
      assert.equal(options.keepAlive, false)
      duplex.destroy()
      await once(duplex, 'close')
      assert.equal(duplex.setNoDelay().setKeepAlive(true), duplex)
    }))

  test('emits timeout after silence, not while bytes come or go, and closes nothing by itself', () =>
    withPair(tcpPair, async (one, other) => {
      const duplex = one.toDuplex()
      duplex.resume()
      let timeouts = 0
      duplex.on('timeout', () => void timeouts++)
      assert.equal(duplex.setTimeout(400), duplex)
      assert.equal(duplex.timeout, 400)
      const turns = async (work: () => unknown): Promise<void> => {
        for (let turn = 0; turn < 12; turn++) {
          await work()
          await pause(50)
        }
      }
      await turns(() => other.write('x'))
      await turns(() => duplex.write('x'))
      assert.equal(timeouts, 0)
      await once(duplex, 'timeout')
      assert.equal(one.closed, false)
      duplex.setTimeout(0)
      duplex.destroy()
      await once(duplex, 'close')
    }))

  test('does not take one long write to a slow reader for silence', () =>
    withPair(
      () => Promise.resolve(pipe()),
      async (one, other) => {
        const duplex = one.toDuplex()
        let timeouts = 0
        duplex.setTimeout(300, () => void timeouts++)
        duplex.end(pattern(20 * 65_536))
        let length = 0
        for (let chunk = await other.read(); chunk !== null; chunk = await other.read()) {
          length += chunk.length
          await pause(30)
        }
        assert.equal(length, 20 * 65_536)
        assert.equal(timeouts, 0)
        duplex.destroy()
      },
    ))

  test('forgets the listener of a timeout that is taken back', () =>
    withPair(tcpPair, async (one) => {
      const duplex = one.toDuplex()
      const listener = (): void => assert.fail('timeout')
      duplex.setTimeout(5, listener).setTimeout(0, listener)
      assert.equal(duplex.listenerCount('timeout'), 0)
      for (const wrong of [-1, Number.NaN, 2 ** 31, Infinity])
        assert.throws(() => duplex.setTimeout(wrong), RangeError)
      duplex.setTimeout(20, listener)
      duplex.resume().write(Buffer.alloc(32 * 1024 * 1024))
      duplex.destroy()
      duplex.setTimeout(5, listener)
      await once(duplex, 'close')
      // A time in which the timer would have gone off.
      await pause(60)
    }))

  test('that is not referenced lets the process end, though its read waits; referenced again it does not', async () => {
    for (const [calls, ends] of [
      ['unref()', true],
      ['unref().ref()', false],
    ] as const) {
      await using script = new ScriptProcess(`
        const { tcpPair } = await import('${new URL('stream-pairs.ts', import.meta.url).href}')
        const [one, other] = await tcpPair()
        one.toDuplex().resume().${calls}
        setTimeout(() => { console.log('alive'); process.exit() }, 200).unref()`)
      const { code, stdout, stderr } = await script.ended
      assert.equal(code, 0, stderr)
      assert.equal(stdout, ends ? '' : 'alive\n')
    }
  })

  test('what a listener throws is its own uncaught exception, not a failed write', async () => {
    await using script = new ScriptProcess(`
      const { pipe } = await import('${new URL('../../src/net/pipe.ts', import.meta.url).href}')
      const [one, other] = pipe()
      const duplex = one.toDuplex()
      process.once('uncaughtException', (error, origin) => console.log(error.message, origin, duplex.destroyed))
      duplex.write('x', () => { throw new Error('mine') })
      await other.read()`)
    const { code, stdout, stderr } = await script.ended
    assert.equal(stdout, 'mine uncaughtException false\n', stderr)
    assert.equal(code, 0)
  })

  test('talks to Python: a megabyte there, its half-close, and an answer back', async () => {
    await using python = new PythonPeer()
    await using conn = await toPython(python)
    const duplex = conn.toDuplex()
    const data = pattern(1_000_000)
    const served = python.run(
      `h = hashlib.sha256()
while True:
    part = c.recv(65536)
    if not part: break
    h.update(part)
c.sendall(h.hexdigest().encode()); c.close()`,
    )
    const answers: Buffer[] = []
    await Promise.all([
      pipeline(Readable.from([data]), duplex),
      pipeline(
        duplex,
        new Writable({
          write(chunk: Buffer, _encoding, done) {
            answers.push(chunk)
            done()
          },
        }),
      ),
      served,
    ])
    assert.equal(Buffer.concat(answers).toString(), sha256(data))
    assert.equal(conn.closed, true)
  })
})
