import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConnectJob } from '../../src/scan/connect/connect-engine.ts'
import { ProbeOrder } from '../../src/scan/order.ts'
import { ScopeGuard } from '../../src/scan/scope/scope-guard.ts'
import { ShardSource } from '../../src/scan/shards.ts'
import { AddressSetBuilder } from '../../src/scan/targets/address-set-builder.ts'
import { TargetSpace } from '../../src/scan/targets/target-space.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { jobFor, replaceLibc, runEngine } from './engine-direct.ts'

const PORTS = 40
const LOOPBACK_1 = 0x7f000001
const LOOPBACK_2 = 0x7f000002
/** 198.18.0.1: the benchmark range (RFC 2544); no packet must leave for it, and the spy below lets none. */
const ELSEWHERE = 0xc6120001
const ELSEWHERE_6 = 0x20010002n << 96n

const { connect } = libc

function spaceOf(v4: readonly number[], v6: readonly bigint[] = []): TargetSpace {
  const builder = new AddressSetBuilder()
  for (const value of v4) builder.add({ family: 4, first: value, last: value })
  for (const value of v6) builder.add({ family: 6, first: value, last: value })
  return TargetSpace.of(builder.build())
}

function guardFor(v4: readonly number[], validUntil: number): ScopeGuard {
  const allowed = spaceOf(v4).toSet()
  return ScopeGuard.of({ allowed, permitted: allowed, validUntil })
}

/** A job over a space that no plan would have let through. */
async function smuggled(space: TargetSpace, change: Partial<ConnectJob> = {}): Promise<ConnectJob> {
  const size = space.size * PORTS
  return jobFor(
    { ports: `1-${PORTS}` },
    { space, order: new ProbeOrder(size, 7), shards: new ShardSource({ from: 0, to: size }), ...change },
  )
}

/** Writes down the address of every connect(2), and lets none but those to loopback reach the kernel. */
function spyOnConnect(calls: string[], onCall: () => void = () => {}): Disposable {
  return replaceLibc({
    connect: (fd, address, length) => {
      const bytes = length === 16 ? address.subarray(4, 8) : address.subarray(8, 24)
      calls.push(bytes.join('.'))
      onCall()
      return length === 16 && bytes[0] === 127 ? connect(fd, address, length) : -ERRNO.EIO
    },
  })
}

/** Blocks this thread, and the engine in it, until the clock shows a time. */
function sleepUntil(time: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  while (Date.now() < time) Atomics.wait(cell, 0, 0, time - Date.now())
}

describe('the guard in the engine', () => {
  test('lets no packet out to an address that the plan should have refused', async () => {
    const job = await smuggled(spaceOf([LOOPBACK_1, ELSEWHERE], [ELSEWHERE_6]))
    const calls: string[] = []
    using _ = spyOnConnect(calls)
    const { observed, sent } = runEngine(job)
    assert.deepEqual([...new Set(calls)], ['127.0.0.1'])
    assert.equal(observed.length, 3 * PORTS)
    for (const { host, state, reason, attempts } of observed)
      if (host > 0) assert.deepEqual([state, reason, attempts], ['unknown', 'out-of-scope', 0])
      else assert.ok(state === 'open' || state === 'closed')
    assert.equal(sent, PORTS)
  })

  test('lets nothing but this machine be asked when the permission had ended before', async () => {
    const job = await smuggled(spaceOf([LOOPBACK_1, LOOPBACK_2]), {
      guard: guardFor([LOOPBACK_1, LOOPBACK_2], Date.now() - 1),
      expiredGuard: guardFor([LOOPBACK_1], Infinity),
    })
    const calls: string[] = []
    using _ = spyOnConnect(calls)
    const { observed } = runEngine(job)
    assert.deepEqual([...new Set(calls)], ['127.0.0.1'])
    for (const { host, reason } of observed) assert.equal(reason === 'out-of-scope', host === 1)
  })

  test('stops asking others when the permission ends while the scan runs', async () => {
    const validUntil = Date.now() + 150
    const job = await smuggled(spaceOf([LOOPBACK_1, LOOPBACK_2]), {
      guard: guardFor([LOOPBACK_1, LOOPBACK_2], validUntil),
      expiredGuard: guardFor([LOOPBACK_1], Infinity),
      rate: 200,
    })
    const calls: string[] = []
    using _ = spyOnConnect(calls, () => {
      if (calls.length === 10) sleepUntil(validUntil)
    })
    const { observed } = runEngine(job)
    // What the step under way may still send when it was put to sleep: the catching up of five milliseconds.
    assert.ok(calls.slice(0, 10).includes('127.0.0.2'))
    assert.ok(calls.slice(10).filter((address) => address === '127.0.0.2').length <= 2)
    for (const { host, state, reason } of observed)
      if (host === 0) assert.ok(state === 'open' || state === 'closed')
      else assert.ok(state === 'closed' || reason === 'out-of-scope')
    assert.ok(observed.some(({ reason }) => reason === 'out-of-scope'))
  })

  test('asks again when a probe that waited for its turn may leave', async () => {
    const validUntil = Date.now() + 100
    const job = await smuggled(spaceOf([LOOPBACK_2]), {
      guard: guardFor([LOOPBACK_2], validUntil),
      expiredGuard: guardFor([], Infinity),
      hostIntervalMs: 20,
    })
    const calls: string[] = []
    using _ = spyOnConnect(calls, () => {
      if (calls.length === 2) sleepUntil(validUntil)
    })
    const { observed } = runEngine(job)
    assert.ok(calls.length >= 2 && calls.length <= 4, `${calls.length}`)
    assert.ok(observed.filter(({ reason }) => reason === 'out-of-scope').length >= PORTS - 4)
  })

  test('asks again after the reader of the results kept the engine waiting', async () => {
    const validUntil = Date.now() + 300
    const ports = Uint16Array.from({ length: 4000 }, (_, i) => 20_000 + i)
    const size = 2 * ports.length
    const job = await smuggled(spaceOf([LOOPBACK_1, LOOPBACK_2]), {
      ports,
      order: new ProbeOrder(size, 7),
      shards: new ShardSource({ from: 0, to: size }),
      guard: guardFor([LOOPBACK_1, LOOPBACK_2], validUntil),
      expiredGuard: guardFor([LOOPBACK_1], Infinity),
    })
    let calls = 0
    let late = 0
    using _ = replaceLibc({
      connect: (_fd, address) => {
        if (Date.now() > validUntil && address[7] === 2) late++
        // One shortage cuts one burst short, so that no batch of results ends where a burst does.
        // Refused at once, so that a batch is full before it is due by time.
        return ++calls === 10 ? -ERRNO.EADDRNOTAVAIL : -ERRNO.ECONNREFUSED
      },
    })
    const { observed } = runEngine(job, undefined, 100_000, () => sleepUntil(validUntil + 1))
    assert.ok(observed.some(({ reason }) => reason === 'out-of-scope'))
    assert.equal(late, 0)
  })
})
