import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  DEFAULT_PORT_COUNT,
  FAST_PORT_COUNT,
  PORT_GROUPS,
  topPorts,
} from '../../src/scan/ports/default-ports.ts'
import { FIRST_HUNDRED } from '../../src/scan/ports/groups/first-hundred.ts'
import { PortSet } from '../../src/scan/ports/port-set.ts'
import { isRegistered } from '../../src/scan/ports/registry.ts'

test('the reasoned groups hold exactly the default 1000, each port once', () => {
  const ports = PORT_GROUPS.flatMap((group) => group.ports)
  const repeated = ports.filter((port, index) => ports.indexOf(port) !== index)
  assert.deepEqual(repeated, [])
  assert.equal(ports.length, 1000)
  assert.deepEqual([...topPorts(DEFAULT_PORT_COUNT)], ports)
})

test('the first groups hold exactly the hundred of -F', () => {
  const ports = FIRST_HUNDRED.flatMap((group) => group.ports)
  assert.equal(ports.length, 100)
  assert.deepEqual([...topPorts(FAST_PORT_COUNT)], ports)
})

test('every group says what it is and why', () => {
  for (const { title, reason, ports } of PORT_GROUPS) {
    assert.notEqual(title, '')
    assert.ok(reason.length > 20, title)
    for (const port of ports) assert.ok(Number.isInteger(port) && port >= 1 && port <= 65_535, String(port))
  }
})

test('a shorter list is the beginning of every longer one', () => {
  const count = fc.integer({ min: 1, max: 65_535 })
  fc.assert(
    fc.property(count, count, (a, b) => {
      const [shorter, longer] = [topPorts(Math.min(a, b)), topPorts(Math.max(a, b))]
      assert.deepEqual(longer.slice(0, shorter.length), shorter)
    }),
    { numRuns: 50 },
  )
})

test('the longest list is every port but 0', () => {
  const ports = topPorts(65_535)
  assert.equal(ports.length, 65_535)
  assert.equal(new PortSet({ tcp: ports }).toString(), '1-65535')
})

test('past the groups come assigned ports, well-known ones first, then the rest, dynamic ports last', () => {
  const rank = (port: number) => {
    if (port > 49_151) return 3
    if (!isRegistered('tcp', port)) return 2
    return port < 1024 ? 0 : 1
  }
  const tail = topPorts(65_535).slice(1000)
  tail.forEach((port, index) => {
    const before = tail[index - 1]
    if (before === undefined) return
    assert.ok(
      rank(before) < rank(port) || (rank(before) === rank(port) && before < port),
      `${before}, ${port}`,
    )
  })
})

test('excluded ports are replaced by the next ones', () => {
  const excluded = new PortSet({ tcp: [80, 443], udp: [22] })
  assert.deepEqual(
    [...topPorts(3, excluded)],
    [...topPorts(5)].filter((port) => port !== 80 && port !== 443),
  )
  assert.equal(topPorts(65_535, excluded).length, 65_533)
})

test('a count outside 1 to 65535 is refused', () => {
  for (const count of [0, -1, 65_536, 1.5, Number.NaN]) assert.throws(() => topPorts(count), RangeError)
})
