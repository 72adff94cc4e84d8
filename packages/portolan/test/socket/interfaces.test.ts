import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { if_indextoname, if_nameindex, if_nametoindex } from '../../src/socket/interfaces.ts'
import { ERRNO } from '../../src/sys/errno.ts'
import { libc } from '../../src/sys/libc.ts'
import { checkLeaks } from './leak-check.ts'
import { PythonPeer } from './python-peer.ts'
import { thrown } from './rejection.ts'

checkLeaks()

test("87. the interfaces, their names and indexes are Python's", async () => {
  await using python = new PythonPeer()
  const interfaces = if_nameindex()
  assert.deepEqual(
    interfaces.map(({ index, name }) => [index, name]),
    await python.run('out = [list(i) for i in socket.if_nameindex()]'),
  )
  const names = interfaces.map(({ name }) => name)
  for (const name of Object.keys(networkInterfaces())) assert.ok(names.includes(name), name)
  for (const { index, name } of interfaces) {
    assert.equal(if_nametoindex(name), index)
    assert.equal(if_indextoname(index), name)
  }
})

test('87. a name or an index that no interface has is an error that says so', () => {
  for (const name of ['no-such-if', '', 'a-name-that-is-longer-than-any']) {
    const error = thrown(() => if_nametoindex(name))
    assert.deepEqual([error.code, error.errno, error.syscall], ['ENODEV', ERRNO.ENODEV, 'if_nametoindex'])
    assert.equal(error.message, `if_nametoindex ENODEV "${name}"`)
  }
  for (const index of [0, 999_999_999, 0xffffffff]) {
    const error = thrown(() => if_indextoname(index))
    assert.equal(error.message, `if_indextoname ENXIO index ${index}`)
  }
  for (const index of [-1, 1.5, 2 ** 32, Number.NaN])
    assert.throws(() => if_indextoname(index), RangeError, String(index))
  assert.throws(() => if_nametoindex('lo\0x'), RangeError)
})

test('many look-ups leave nothing behind', () => {
  for (let i = 0; i < 2000; i++) if_nameindex()
})

test('87. a look-up that fails for want of a descriptor does not say that there is no such interface', () => {
  const real = libc.if_nametoindex
  libc.if_nametoindex = () => -ERRNO.EMFILE
  try {
    assert.equal(thrown(() => if_nametoindex('lo')).code, 'EMFILE')
  } finally {
    libc.if_nametoindex = real
  }
})
