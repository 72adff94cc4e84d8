import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { describe, test } from 'node:test'
import { parseAddress } from '../../src/scan/address.ts'
import { explain } from '../../src/scan/scope/explain.ts'
import { Scope } from '../../src/scan/scope/scope.ts'
import type { ScopeMethod } from '../../src/scan/scope/scope-methods.ts'
import { INTERFACES, NOON, NO_FILE, address, scopeWith } from './scope-fixture.ts'
import type { Lists } from './scope-fixture.ts'

function outcome(scope: Scope, text: string, method: ScopeMethod = 'connect'): string {
  const decision = scope.decide(address(text), method)
  return decision.allowed ? decision.because : decision.code
}

const CASES: readonly [what: string, lists: Lists | undefined, outcomes: Record<string, string>][] = [
  [
    'without a scope file only this machine is allowed',
    undefined,
    {
      '127.0.0.1': 'loopback',
      '127.255.255.255': 'loopback',
      '::1': 'loopback',
      '::ffff:127.0.0.1': 'loopback',
      '192.168.7.5': 'own address',
      '::ffff:192.168.7.5': 'own address',
      'fe80::5%eth0': 'own address',
      'fe80::5%2': 'own address',
      'fe80::5%eth1': 'PRIVATE_NOT_LISTED',
      'fe80::5': 'PRIVATE_NOT_LISTED',
      '10.9.0.0': 'own address',
      '203.0.113.4': 'own address',
      '203.0.113.5': 'NEVER',
      '192.168.7.6': 'PRIVATE_NOT_LISTED',
      '9.9.9.9': 'NOT_IN_SCOPE',
      '2606:4700::1': 'NOT_IN_SCOPE',
    },
  ],
  [
    'including everything opens no private and no special range',
    { include: ['0.0.0.0/0', '::/0'] },
    {
      '9.9.9.9': 'scope',
      '2606:4700::1': 'scope',
      '192.0.0.9': 'scope',
      '10.0.0.1': 'PRIVATE_NOT_LISTED',
      '198.18.0.1': 'PRIVATE_NOT_LISTED',
      '169.254.169.254': 'PRIVATE_NOT_LISTED',
      '2001:2::1': 'PRIVATE_NOT_LISTED',
      'fd00::1': 'PRIVATE_NOT_LISTED',
      'fe80::1%eth0': 'PRIVATE_NOT_LISTED',
      '64:ff9b:1::909:909': 'PRIVATE_NOT_LISTED',
      '224.0.0.1': 'NEVER',
      '0.0.0.1': 'NEVER',
      '255.255.255.255': 'NEVER',
      '::': 'NEVER',
      '::7f00:1': 'NEVER',
      '2001:0:7f00:1::': 'NEVER',
      'ff02::1%eth0': 'NEVER',
    },
  ],
  [
    'a private network is open where an entry lies inside its block',
    { include: ['10.1.0.0/16', '198.18.0.0/15', '172.0.0.0/8', '2001:2::/48', 'fe80::/64', 'fd00::/8'] },
    {
      '10.1.2.3': 'scope',
      '10.2.2.3': 'PRIVATE_NOT_LISTED',
      '198.19.255.255': 'scope',
      '172.16.0.1': 'PRIVATE_NOT_LISTED',
      '172.32.0.1': 'scope',
      '2001:2::7': 'scope',
      'fe80::1%eth0': 'scope',
      'fe80::1%7': 'scope',
      'fd12::1': 'scope',
    },
  ],
  [
    'an entry with a zone holds in that zone',
    { include: ['fe80::%eth0/64'] },
    { 'fe80::1%eth0': 'scope', 'fe80::1%eth1': 'PRIVATE_NOT_LISTED', 'fe80::1': 'PRIVATE_NOT_LISTED' },
  ],
  [
    'a metadata address needs an entry of its own',
    { include: ['169.254.0.0/16', 'fd00:ec2::/32', 'fd00:ec2::254'] },
    { '169.254.169.253': 'scope', '169.254.169.254': 'PRIVATE_NOT_LISTED', 'fd00:ec2::254': 'scope' },
  ],
  [
    'an entry over two private blocks opens neither',
    { include: ['10,172.16.0.1'] },
    { '10.16.0.1': 'PRIVATE_NOT_LISTED', '172.16.0.1': 'PRIVATE_NOT_LISTED' },
  ],
  [
    'exclusions win over everything, in every spelling and zone',
    {
      include: ['9.0.0.0/8', 'fe80::/64', '64:ff9b::/96', '2002::/16'],
      exclude: ['127.0.0.2', '192.168.7.5', '9.9.9.9', 'fe80::9%eth0', '::1', '203.0.113.4'],
    },
    {
      '127.0.0.1': 'loopback',
      '127.0.0.2': 'EXCLUDED',
      '::ffff:127.0.0.2': 'EXCLUDED',
      '::1': 'EXCLUDED',
      '192.168.7.5': 'EXCLUDED',
      '203.0.113.4': 'EXCLUDED',
      '9.9.9.9': 'EXCLUDED',
      '9.9.9.8': 'scope',
      'fe80::9%eth0': 'EXCLUDED',
      'fe80::9%2': 'EXCLUDED',
      'fe80::9%eth1': 'EXCLUDED',
      'fe80::8%eth1': 'scope',
      '64:ff9b::909:909': 'EMBEDDED_EXCLUDED',
      '64:ff9b::909:908': 'scope',
      '2002:909:909::1': 'EMBEDDED_EXCLUDED',
      '2002:909:908::1': 'scope',
    },
  ],
  [
    'IPv4 inside IPv6 is judged again',
    {
      include: [
        '2002::/16',
        '64:ff9b::/96',
        '64:ff9b:1::/96',
        '64:ff9b:1:2::/64',
        '9.9.9.0/24',
        '10.0.0.0/8',
        '0.0.0.0/0',
      ],
    },
    {
      '2002:909:909::1': 'scope',
      '2002:7f00:1::1': 'EMBEDDED_NEVER',
      '2002:e000:1::1': 'EMBEDDED_NEVER',
      '2002:a00:1::1': 'scope',
      '2002:c0a8:1::1': 'EMBEDDED_PRIVATE_NOT_LISTED',
      '2002:c0a8:705::1': 'EMBEDDED_PRIVATE_NOT_LISTED',
      '2002:cb00:7104::1': 'EMBEDDED_NEVER',
      '2002:a9fe:a9fe::1': 'EMBEDDED_PRIVATE_NOT_LISTED',
      '64:ff9b::7f00:1': 'EMBEDDED_NEVER',
      '64:ff9b::a00:1': 'scope',
      '64:ff9b::a9fe:a9fe': 'EMBEDDED_PRIVATE_NOT_LISTED',
      '64:ff9b:1::909:909': 'scope',
      '64:ff9b:1::7f00:1': 'EMBEDDED_NEVER',
      '64:ff9b:1:2::909:909': 'PRIVATE_NOT_LISTED',
    },
  ],
  [
    'IPv4 inside IPv6 needs an entry of its own',
    { include: ['2002::/16', '64:ff9b::/96'] },
    { '2002:909:909::1': 'EMBEDDED_NOT_IN_SCOPE', '64:ff9b::909:909': 'EMBEDDED_NOT_IN_SCOPE' },
  ],
  [
    'broadcast and network addresses of local networks are never scanned, nor inside IPv6',
    { include: ['192.168.7.0/24', '10.9.0.0/24', '2002::/16'] },
    {
      '192.168.7.0': 'NEVER',
      '192.168.7.255': 'NEVER',
      '::ffff:192.168.7.255': 'NEVER',
      '192.168.7.1': 'scope',
      '10.9.0.0': 'own address',
      '10.9.0.1': 'scope',
      '10.9.0.255': 'scope',
      '2002:c0a8:7ff::1': 'EMBEDDED_NEVER',
      '127.0.0.0': 'loopback',
      '127.255.255.255': 'loopback',
    },
  ],
]

describe('the scope rules', () => {
  for (const [what, lists, outcomes] of CASES)
    test(what, async () => {
      const scope = lists === undefined ? NO_FILE : await scopeWith(lists)
      for (const [text, expected] of Object.entries(outcomes))
        assert.equal(outcome(scope, text), expected, text)
    })

  test('a file holds from the first to the last day, UTC, and this machine needs none', async () => {
    const at = async (time: string): Promise<string> => {
      const scope = await scopeWith({ include: ['9.9.9.9'], exclude: ['9.9.9.8'] }, Date.parse(time))
      assert.equal(outcome(scope, '127.0.0.1'), 'loopback')
      assert.equal(outcome(scope, '9.9.9.8'), 'EXCLUDED')
      return outcome(scope, '9.9.9.9')
    }
    assert.equal(await at('2026-10-31T23:59:59.999Z'), 'NOT_YET_VALID')
    assert.equal(await at('2026-11-01T00:00:00Z'), 'scope')
    assert.equal(await at('2027-01-31T23:59:59.999Z'), 'scope')
    assert.equal(await at('2027-02-01T00:00:00Z'), 'EXPIRED')
  })

  test('a method has to be listed, but not for this machine', async () => {
    const scope = await scopeWith({ include: ['9.9.9.9'], methods: ['connect'] })
    assert.equal(outcome(scope, '9.9.9.9', 'connect'), 'scope')
    assert.equal(outcome(scope, '9.9.9.9', 'udp'), 'METHOD_NOT_ALLOWED')
    assert.equal(outcome(scope, '192.168.7.5', 'udp'), 'own address')
  })

  test('a refusal names the address, the rule and the command that grants it', async () => {
    const bare = NO_FILE.decide(address('198.18.3.4'), 'connect')
    assert.ok(!bare.allowed)
    assert.match(bare.message, /^198\.18\.3\.4 is in 198\.18\.0\.0\/15 \(benchmarking, RFC 2544\)/)
    assert.match(bare.hint, /portolan scope init 198\.18\.3\.4 > scope\.yaml/)
    const scope = await scopeWith({ include: ['9.0.0.0/8'], exclude: ['9.9.9.0/24'] })
    const excluded = scope.decide(address('9.9.9.9'), 'connect')
    assert.ok(!excluded.allowed)
    assert.equal(excluded.message, '9.9.9.9 is excluded by scope.yaml:4:11 (exclude 9.9.9.0/24)')
    const embedded = NO_FILE.decide(address('2002:a00:1::1'), 'connect')
    assert.ok(!embedded.allowed)
    assert.equal(embedded.code, 'NOT_IN_SCOPE')
    for (const { message, hint } of [bare, excluded, embedded]) assert.doesNotMatch(message + hint, /\n/)
  })

  test('the addresses of this machine come from the system by default', () => {
    const scope = new Scope()
    for (const list of Object.values(networkInterfaces()))
      for (const info of list ?? []) {
        const zone = info.family === 'IPv6' && info.scopeid > 0 ? `%${info.scopeid}` : ''
        const decision = scope.decide(address(info.address + zone), 'connect')
        assert.ok(decision.allowed, info.address)
      }
  })

  test('none of the ways around a filter is an address, or it is the address it hides', () => {
    for (const text of ['0', '127.1', '0x7f.1', '2130706433', '127.0.0.1.', '010.0.0.1', '１２７.0.0.1'])
      assert.equal(parseAddress(text), undefined, text)
    assert.equal(outcome(NO_FILE, '::ffff:7f00:1'), 'loopback')
    assert.equal(outcome(NO_FILE, '::ffff:10.0.0.1'), 'PRIVATE_NOT_LISTED')
  })
})

describe('explaining an address', () => {
  test('says which line decides, for each method where they differ', async () => {
    const scope = await scopeWith({
      include: ['198.18.0.0/15'],
      exclude: ['198.18.9.0/24'],
      methods: ['connect'],
    })
    assert.deepEqual(explain(scope, address('::ffff:198.18.9.1')), [
      '::ffff:198.18.9.1: refused (EXCLUDED), by scope.yaml:4:11 (exclude 198.18.9.0/24)',
      '  ::ffff:198.18.9.1 is excluded by scope.yaml:4:11 (exclude 198.18.9.0/24)',
      '  leave it out: --exclude ::ffff:198.18.9.1',
      '::ffff:198.18.9.1 is 198.18.9.1 on the wire (IPv4-mapped)',
      'special range: 198.18.0.0/15 (benchmarking, RFC 2544), class private',
      'permission: Netops, SOW-1, 2026-11-01 to 2027-01-31 (UTC)',
    ])
    const lines = explain(scope, address('198.18.0.1'))
    assert.equal(
      lines[0],
      '198.18.0.1 by connect: allowed (scope), by scope.yaml:3:11 (include 198.18.0.0/15)',
    )
    assert.match(lines[1] ?? '', /^198\.18\.0\.1 by syn: refused \(METHOD_NOT_ALLOWED\)/)
    const mine = explain(new Scope({ interfaces: INTERFACES, now: () => NOON }), address('192.168.7.5'))
    assert.equal(mine[0], '192.168.7.5: allowed (own address), by an address of this machine')
    assert.match(explain(scope, address('2002:a00:1::')).join('\n'), /carries IPv4 \(6to4\): 10\.0\.0\.1/)
  })
})
