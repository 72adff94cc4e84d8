/** Declarations of labs that must not be built. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLab, LabError, type LabSpec } from '../../../../lab/lab.ts'

describe('a wrong declaration is refused in one line before anything is made', () => {
  const host = { addresses: ['198.18.0.10'] }
  const wrong: readonly (readonly [string, LabSpec['hosts'], RegExp])[] = [
    ...[
      '192.0.2.1',
      '10.0.0.1',
      '127.0.0.1',
      '198.20.0.0',
      '198.17.255.255',
      '2001:2:1::',
      '2001:db8::1',
      '::1',
      '::ffff:198.18.0.10',
    ].map(
      (address) =>
        [
          `address ${address}`,
          { a: { addresses: [address] } },
          /is outside 198\.18\.0\.0\/15 and 2001:2::\/48/,
        ] as const,
    ),
    ...['198.18.0.0/14', '2001:2::/47', '0.0.0.0/0'].map(
      (range) =>
        [
          `range ${range}`,
          { a: { ...host, addresses: ['198.18.0.10', '2001:2::10'], ranges: [range] } },
          /is outside/,
        ] as const,
    ),
    ...['198.18.0.1%eth0', 'web', '198.18.0.010', ''].map(
      (text) => [`text '${text}'`, { a: { addresses: [text] } }, /is not an IP address/] as const,
    ),
    ['no address', { a: { addresses: [] } }, /at least one address/],
    ['a range as address', { a: { addresses: ['198.18.0.0/24'] } }, /put it in 'ranges'/],
    [
      'a range of a family it has not',
      { a: { ...host, ranges: ['2001:2::/64'] } },
      /address of the same family/,
    ],
    ['one address twice', { a: host, b: host }, /host 'b': 198\.18\.0\.10 belongs to host 'a'/],
    [
      'a range over another host',
      { a: host, b: { addresses: ['198.18.9.9'], ranges: ['198.18.0.0/24'] } },
      /belongs to host 'a'/,
    ],
    ["the scanner's address", { a: { addresses: ['198.19.255.254'] } }, /belongs to the lab itself/],
    ['a bad name', { 'A b': host }, /small letters/],
    ['port 0', { a: { ...host, ports: { 0: { kind: 'accept' } } } }, /'0' is not a port/],
    ['port 65536', { a: { ...host, ports: { '1-65536': { kind: 'accept' } } } }, /'1-65536' is not a port/],
    [
      'ports backwards',
      { a: { ...host, firewall: [{ ports: '9-8', action: 'drop' }] } },
      /firewall: '9-8' is not a port/,
    ],
    [
      'overlapping ranges',
      { a: { ...host, ports: { '1-5': { kind: 'accept' }, '5-9': { kind: 'silent' } } } },
      /1-5 and 5-9 overlap/,
    ],
    [
      'a long banner',
      { a: { ...host, ports: { 1: { kind: 'banner', text: 'x'.repeat(4097) } } } },
      /4096 bytes/,
    ],
    ['a loss of 101 %', { a: { ...host, link: { lossPercent: 101 } } }, /write 0 to 100/],
    ['a rate without unit', { a: { ...host, link: { rate: '20' } } }, /write 512kbit/],
    ['half a packet', { a: { ...host, link: { packetsPerSecond: 0.5 } } }, /whole number/],
  ]
  for (const [what, hosts, message] of wrong)
    test(what, async () => {
      await assert.rejects(createLab({ hosts }), (error: unknown) => {
        assert.ok(error instanceof LabError)
        assert.match(error.message, message)
        assert.doesNotMatch(error.message, /\n/)
        return true
      })
    })
})
