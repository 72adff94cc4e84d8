import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { OffHeap } from '../../src/sys/off-heap.ts'
import { SocketError } from '../../src/sys/socket-error.ts'

/** The mapping of /proc/self/maps (proc(5)) that an address lies in. */
function mappingOf(address: bigint): string | undefined {
  return readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .find((line) => {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line) ?? []
      return from !== undefined && BigInt(`0x${from}`) <= address && address < BigInt(`0x${to}`)
    })
}

test('memory is zeroed, page-aligned, where it says it is, and given back', () => {
  const memory = new OffHeap(3_000_000)
  assert.equal(memory.address % 4096n, 0n)
  assert.equal(memory.bytes.length, 3_000_000)
  assert.ok(memory.bytes.every((byte) => byte === 0))
  memory.bytes.fill(7)
  assert.equal(memory.bytes[2_999_999], 7)
  assert.match(mappingOf(memory.address) ?? '', / rw-p /)
  memory[Symbol.dispose]()
  assert.throws(() => memory.bytes, RangeError)
  memory[Symbol.dispose]()
})

test('a second disposal does not unmap what is mapped there by then', () => {
  const first = new OffHeap(1 << 20)
  first[Symbol.dispose]()
  using second = new OffHeap(1 << 20)
  first[Symbol.dispose]()
  second.bytes.fill(1)
  assert.equal(second.bytes[0], 1)
})

test('what the kernel refuses is a SocketError', () => {
  assert.throws(
    () => new OffHeap(0),
    (error) => error instanceof SocketError && error.code === 'EINVAL' && error.syscall === 'mmap',
  )
  assert.throws(
    () => new OffHeap(2 ** 50),
    (error) => error instanceof SocketError && error.code === 'ENOMEM',
  )
})

test('ten thousand blocks in turn leave no mapping behind', () => {
  const mappings = (): number => readFileSync('/proc/self/maps', 'latin1').split('\n').length
  const before = mappings()
  for (let i = 0; i < 10_000; i++) {
    using memory = new OffHeap(8192)
    memory.bytes[0] = 1
  }
  assert.ok(mappings() < before + 100, `${before} mappings before, ${mappings()} after`)
})
