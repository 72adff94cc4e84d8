import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatAddress, parseAddress } from '../../src/scan/address.ts'
import type { Address } from '../../src/scan/address.ts'
import { checkSpace } from '../../src/scan/scope/check-space.ts'
import type { SpaceRefusal } from '../../src/scan/scope/check-space.ts'
import { allows, compileScope } from '../../src/scan/scope/compile-scope.ts'
import { ScopeGuard } from '../../src/scan/scope/scope-guard.ts'
import { SPECIAL_RANGES } from '../../src/scan/scope/special-ranges.ts'
import { firstOf, formatRange, lastOf, networkOf } from '../../src/scan/targets/address-range.ts'
import { AddressSet } from '../../src/scan/targets/address-set.ts'
import { AddressSetBuilder, unionOf } from '../../src/scan/targets/address-set-builder.ts'
import { parseTarget } from '../../src/scan/targets/grammar.ts'
import { TargetSpace } from '../../src/scan/targets/target-space.ts'
import { INTERFACES, NO_FILE, address, scopeWith } from './scope-fixture.ts'

/** Addresses where rules meet: the ends of every special range and one to either side, this machine's, and odd ones. */
const EDGES: readonly Address[] = [
  ...SPECIAL_RANGES.flatMap(({ whole }) =>
    [...whole.ranges()].flatMap((range) => [firstOf(range), lastOf(range)].flatMap(neighbours)),
  ),
  ...INTERFACES.flatMap(({ address }) => neighbours(address)),
  ...['192.168.7.0', '192.168.7.255', '169.254.169.254', 'fd00:ec2::254', '9.9.9.9'].map(address),
  ...['2002:a00::1', '2002:909:909::1', '64:ff9b::a00:0', '64:ff9b::909:909', '64:ff9b:1::909:909'].map(
    address,
  ),
  ...['64:ff9b:1:2::909:909', '::ffff:10.0.0.1', '::ffff:9.9.9.9', '::ffff:127.0.0.1'].map(address),
]

function neighbours(at: Address): Address[] {
  if (at.family === 4)
    return [at.value - 1, at.value, at.value + 1]
      .filter((value) => value >= 0 && value < 2 ** 32)
      .map((value) => ({ family: 4, value }))
  return [at.value - 1n, at.value, at.value + 1n]
    .filter((value) => value >= 0n && value < 1n << 128n)
    .map((value) => ({ ...at, value }))
}

const FOUR = EDGES.flatMap((edge) => (edge.family === 4 ? [edge.value] : []))
const four = fc.oneof(fc.constantFrom(...FOUR), fc.nat(2 ** 32 - 1))
const zone = fc.constantFrom(undefined, 'eth0', '2', 'eth9')
/** IPv6 that carries IPv4, in each of the ways. */
const carrier = fc
  .tuple(four, fc.constantFrom('6to4', 'nat64', 'local', 'mapped', 'teredo'))
  .map(([value, kind]) => {
    const big = BigInt(value)
    if (kind === '6to4') return (0x2002n << 112n) | (big << 80n) | 1n
    if (kind === 'nat64') return (0x64_ff9bn << 96n) | big
    if (kind === 'local') return (0x64_ff9b_0001n << 80n) | big
    if (kind === 'mapped') return 0xffff_0000_0000n | big
    return (0x2001n << 112n) | (big << 64n)
  })
const someAddress: fc.Arbitrary<Address> = fc.oneof(
  fc.constantFrom(...EDGES),
  four.map((value): Address => ({ family: 4, value })),
  carrier.map((value): Address => ({ family: 6, value })),
  fc.tuple(fc.bigInt(0n, 2n ** 10n), zone).map(([offset, zone]): Address => {
    const value = (0xfe80n << 112n) + offset
    return zone === undefined ? { family: 6, value } : { family: 6, value, zone }
  }),
  fc.bigInt(0n, 2n ** 128n - 1n).map((value): Address => ({ family: 6, value })),
)
const entry = fc
  .oneof(
    fc.tuple(someAddress, fc.nat(128)).map(([at, bits]) => networkOf(at, at.family === 4 ? bits % 33 : bits)),
    someAddress.map((at) => networkOf(at, at.family === 4 ? 32 : 128)),
  )
  .map(formatRange)
  .filter(isTarget)
const wide = fc.constantFrom(
  '0.0.0.0/0',
  '::/0',
  '2002::/16',
  '64:ff9b::/96',
  '64:ff9b:1::/96',
  '10.0.0.0/8',
  'fe80::/10',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '169.254.169.254',
  '169.254.0.0/16',
)
const lists = fc.record({
  include: fc.array(fc.oneof(wide, entry), { maxLength: 6 }),
  exclude: fc.array(entry, { maxLength: 4 }),
  from: fc.constantFrom('2026-11-01', '2026-12-02'),
  methods: fc.constantFrom(['connect'], ['syn'], ['connect', 'syn']),
})

function isTarget(word: string): boolean {
  try {
    return parseTarget(word).kind === 'addresses'
  } catch {
    return false
  }
}

function bytesOf(address: Address): Uint8Array {
  const digits = address.value.toString(16).padStart(address.family === 4 ? 8 : 32, '0')
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

function passes(guard: ScopeGuard, address: Address): boolean {
  if (address.family === 4) return guard.allows4(address.value)
  const padded = new Uint8Array(20).fill(0x77)
  padded.set(bytesOf(address), 3)
  return guard.allows6(padded, 3, address.zone)
}

describe('the closed form of a scope', () => {
  test('and the guard of the engines allow exactly what the rules allow', async () => {
    await fc.assert(
      fc.asyncProperty(
        lists,
        fc.array(someAddress, { minLength: 20, maxLength: 60 }),
        async (lists, points) => {
          const scope = await scopeWith(lists)
          const compiled = compileScope(scope, 'connect')
          const guard = ScopeGuard.from(structuredClone(ScopeGuard.of(compiled).toTransfer()))
          for (const point of [
            ...points,
            ...lists.include.flatMap(endsOf),
            ...lists.exclude.flatMap(endsOf),
          ]) {
            const decision = scope.decide(point, 'connect')
            assert.equal(allows(compiled, point), decision.allowed, formatAddress(point))
            assert.equal(passes(guard, point), decision.allowed, formatAddress(point))
          }
        },
      ),
      { numRuns: 250 },
    )
  })

  test('agree over every edge of every special range, with no file and with everything included', async () => {
    const all = await scopeWith({
      include: [
        '0.0.0.0/0',
        '::/0',
        '10.0.0.0/8',
        '192.168.0.0/16',
        '2002::/16',
        '64:ff9b:1::/96',
        'fe80::%eth0/64',
      ],
      exclude: ['9.9.9.9', '127.0.0.2'],
    })
    // Excluded IPv4 inside included IPv6, and metadata addresses inside a network that is listed.
    const inside = await scopeWith({
      include: [
        '10.0.0.0/8',
        '9.0.0.0/8',
        '2002::/16',
        '64:ff9b::/96',
        '64:ff9b:1::/96',
        '169.254.0.0/16',
        'fd00::/8',
      ],
      exclude: ['10.0.0.0', '9.9.9.9'],
    })
    for (const scope of [NO_FILE, all, inside]) {
      const compiled = compileScope(scope, 'connect')
      const guard = ScopeGuard.of(compiled)
      for (const edge of EDGES) {
        const decision = scope.decide(edge, 'connect')
        assert.equal(allows(compiled, edge), decision.allowed, formatAddress(edge))
        assert.equal(passes(guard, edge), decision.allowed, formatAddress(edge))
      }
    }
  })

  test('says when the file ends', async () => {
    const scope = await scopeWith({ include: ['9.9.9.9'] })
    assert.equal(compileScope(scope, 'connect').validUntil, Date.parse('2027-02-01T00:00:00Z'))
    assert.equal(compileScope(NO_FILE, 'connect').validUntil, Infinity)
  })

  test('the guard refuses bytes that are no whole address', () => {
    const guard = ScopeGuard.of(compileScope(NO_FILE, 'connect'))
    const one = bytesOf(address('::1'))
    assert.ok(guard.allows6(one, 0))
    assert.ok(!guard.allows6(one, 1))
    assert.ok(!guard.allows6(one, -1))
    assert.ok(!guard.allows6(one.subarray(0, 15), 0))
    for (const value of [-1, 2 ** 32, Number.NaN]) assert.ok(!guard.allows4(value))
  })
})

function endsOf(word: string): Address[] {
  const target = parseTarget(word)
  if (target.kind === 'name') return []
  return [...target.set.ranges()].flatMap((range) => [firstOf(range), lastOf(range)].flatMap(neighbours))
}

function spaceOf(...words: string[]): TargetSpace {
  const builder = new AddressSetBuilder()
  for (const word of words) {
    const target = parseTarget(word)
    assert.ok(target.kind === 'addresses')
    builder.addSet(target.set)
  }
  return TargetSpace.of(builder.build())
}

function shown(refusals: readonly SpaceRefusal[]): string[] {
  return refusals.map(({ code, set }) => `${code} ${set.toString()}`)
}

describe('checking the targets of a scan', () => {
  test('lets this machine through without a scope file', () => {
    const space = spaceOf('127.0.0.0/8', '::1', '192.168.7.5')
    assert.deepEqual(checkSpace(NO_FILE, space, 'connect'), { space, refused: [], leftOut: [] })
  })

  test('names every range that is refused, with its rule and the command that grants it', () => {
    const { refused, leftOut } = checkSpace(
      NO_FILE,
      spaceOf('127.0.0.1', '9.9.9.0/24', '172.16.0.0/12', '224.0.0.0/24', '2001:2::/96'),
      'connect',
    )
    assert.deepEqual(shown(refused), [
      'PRIVATE_NOT_LISTED 172.16.0.0/12',
      'NEVER 224.0.0.0/24',
      'PRIVATE_NOT_LISTED 2001:2::/96',
      'NOT_IN_SCOPE 9.9.9.0/24',
    ])
    assert.deepEqual(leftOut, [])
    const [first, never, , last] = refused
    assert.equal(first?.size, 2 ** 20)
    assert.match(first?.hint ?? '', /portolan scope init 172\.16\.0\.0\/12 > scope\.yaml/)
    assert.match(never?.hint ?? '', /--exclude 224\.0\.0\.0\/24/)
    assert.equal(last?.message, '9.9.9.0/24 is not in scope: there is no scope file')
  })

  test('names a local network in one piece, though this machine in it needs no permission', () => {
    const { refused } = checkSpace(NO_FILE, spaceOf('192.168.7.0/24'), 'connect')
    assert.deepEqual(shown(refused), ['PRIVATE_NOT_LISTED 192.168.7.1-192.168.7.4,192.168.7.6-192.168.7.254'])
    assert.match(
      refused[0]?.message ?? '',
      /^192\.168\.7\.0\/24 is in 192\.168\.0\.0\/16 \(private use, RFC 1918\)/,
    )
    assert.match(refused[0]?.hint ?? '', /portolan scope init 192\.168\.7\.0\/24 > scope\.yaml/)
  })

  test('leaves exclusions out of an allowed range, and refuses a range that is nothing else', async () => {
    const scope = await scopeWith({
      include: ['198.18.0.0/15', '192.168.7.0/24'],
      exclude: ['198.18.9.0/24'],
    })
    const check = checkSpace(scope, spaceOf('198.18.8.0/22', '192.168.7.0/24'), 'connect')
    assert.deepEqual(shown(check.leftOut), ['EXCLUDED 198.18.9.0/24', 'NEVER 192.168.7.0,192.168.7.255'])
    assert.deepEqual(check.refused, [])
    assert.equal(check.space.toSet().toString(), '192.168.7.1-192.168.7.254,198.18.8.0/24,198.18.10.0/23')
    const only = checkSpace(scope, spaceOf('198.18.9.4', '198.18.0.1'), 'connect')
    assert.deepEqual(shown(only.refused), ['EXCLUDED 198.18.9.4'])
  })

  test('tells expiry and method from what is not in scope', async () => {
    const scope = await scopeWith({ include: ['198.18.0.0/15'], until: '2026-11-30' })
    const { refused } = checkSpace(scope, spaceOf('198.18.0.0/30', '9.9.9.9', '127.0.0.1'), 'connect')
    assert.deepEqual(shown(refused), ['NOT_IN_SCOPE 9.9.9.9', 'EXPIRED 198.18.0.0/30'])
    const other = await scopeWith({ include: ['198.18.0.0/15'] })
    assert.deepEqual(shown(checkSpace(other, spaceOf('198.18.0.0/30'), 'udp').refused), [
      'METHOD_NOT_ALLOWED 198.18.0.0/30',
    ])
  })

  test('shows three ranges of a long list and counts the others', () => {
    const { refused } = checkSpace(NO_FILE, spaceOf('9.9.9.1,3,5,7,9'), 'connect')
    assert.match(
      refused[0]?.message ?? '',
      /^9\.9\.9\.1, 9\.9\.9\.3, 9\.9\.9\.5 and 2 more ranges is not in scope/,
    )
    assert.equal(refused[0]?.set.rangeCount, 5)
  })

  test('agrees with the rules for each address: what is left is allowed, the rest is named once', async () => {
    const space = fc.array(
      fc
        .tuple(someAddress, fc.nat(3))
        .map(([at, less]) => networkOf(at, (at.family === 4 ? 32 : 128) - less)),
      { minLength: 1, maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(lists, space, async (lists, ranges) => {
        const scope = await scopeWith(lists)
        const builder = new AddressSetBuilder()
        for (const range of ranges) builder.add(range)
        const targets = TargetSpace.of(builder.build())
        const { refused, leftOut, space } = checkSpace(scope, targets, 'connect')
        const named = [...refused, ...leftOut]
        const bad = unionOf(named.map(({ set }) => set))
        assert.equal(
          named.reduce((sum, { set }) => sum + set.size, 0n),
          bad.size,
        )
        for (let ordinal = 0; ordinal < targets.size; ordinal++) {
          const address = targets.addressAt(ordinal)
          const decision = scope.decide(address, 'connect')
          const held = named.find(({ set }) => set.contains(asIPv4(address)))
          assert.equal(held === undefined, decision.allowed, formatAddress(address))
          if (!decision.allowed && held !== undefined) assertSameReason(held.code, decision.code)
        }
        for (let ordinal = 0; refused.length === 0 && ordinal < space.size; ordinal++)
          assert.ok(scope.decide(space.addressAt(ordinal), 'connect').allowed)
      }),
      { numRuns: 250 },
    )
  })

  test('judges all of IPv4 and a million scattered addresses', async () => {
    const scope = await scopeWith({ include: ['0.0.0.0/0'] })
    const all = checkSpace(scope, spaceOf('0.0.0.0/0'), 'connect')
    assert.ok(all.refused.some(({ set }) => set.toString() === '172.16.0.0/12'))
    const scattered = new AddressSetBuilder()
    for (let i = 0; i < 1_000_000; i++)
      scattered.add({ family: 4, first: 0x20000000 + 3 * i, last: 0x20000000 + 3 * i })
    const check = checkSpace(scope, TargetSpace.of(scattered.build()), 'connect')
    assert.deepEqual(check.refused, [])
    assert.equal(checkSpace(NO_FILE, check.space, 'connect').refused[0]?.size, 1_000_000)
  })
})

/** What an IPv4-mapped address inside a larger IPv6 range is named as. */
function asIPv4(at: Address): Address {
  const mapped = AddressSet.range({ family: 6, first: 0xffff_0000_0000n, last: 0xffff_ffff_ffffn })
  if (!mapped.contains(at)) return at
  return parseAddress(formatAddress(at).replace('::ffff:', '')) ?? at
}

/** Addresses of the local-use NAT64 block share one entry, whatever is wrong inside. */
function assertSameReason(group: string, own: string): void {
  if (group.startsWith('EMBEDDED') && own.startsWith('EMBEDDED')) return
  assert.equal(group, own)
}
