import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Address6 } from 'ip-address'
import { formatAddress } from '../../src/scan/address.ts'
import { AddressSetBuilder, unionOf } from '../../src/scan/targets/address-set-builder.ts'
import { parseTarget } from '../../src/scan/targets/grammar.ts'
import { TargetSyntaxError } from '../../src/scan/targets/target-errors.ts'
import { splitTargetList } from '../../src/scan/targets/target-list.ts'

function read(word: string): string {
  const target = parseTarget(word)
  if (target.kind === 'addresses') return target.set.toString()
  return target.prefix === undefined ? `name ${target.name}` : `name ${target.name} /${target.prefix}`
}

function fault(word: string): TargetSyntaxError {
  try {
    read(word)
  } catch (error) {
    assert.ok(error instanceof TargetSyntaxError, String(error))
    return error
  }
  throw new assert.AssertionError({ message: `${word} was taken: ${read(word)}` })
}

const MEANINGS: readonly [word: string, meaning: string][] = [
  ['10.0.0.1', '10.0.0.1'],
  ['10.0.0.7/24', '10.0.0.0/24'],
  ['192.168.10.40/0', '0.0.0.0/0'],
  ['10.0.0,1,3-7.-', '10.0.0.0/23,10.0.3.0-10.0.7.255'],
  ['10.0.0.1-9', '10.0.0.1-10.0.0.9'],
  ['10.0.0.250-', '10.0.0.250-10.0.0.255'],
  ['10.0.0.-3', '10.0.0.0/30'],
  ['10.0.0.*', '10.0.0.0/24'],
  ['*.*.*.*', '0.0.0.0/0'],
  ['10.0.0,1.5/23', '10.0.0.0/23'],
  ['10.0.0.1-10.0.3.9', '10.0.0.1-10.0.3.9'],
  ['0.0.0.0-255.255.255.255', '0.0.0.0/0'],
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['[2001:db8::7]/64', '2001:db8::/64'],
  ['2001:db8::/128', '2001:db8::'],
  ['::/0', '::/0'],
  ['2001:db8::1-2001:db8::ff', '2001:db8::1-2001:db8::ff'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['fe80::1%eth0/64', 'fe80::%eth0/64'],
  ['fe80::1%br-lan', 'fe80::1%br-lan'],
  ['fe80::1%br-lan-fe80::9', 'fe80::1%br-lan-fe80::9%br-lan'],
  ['fe80::1%br-lan-fe80::9%br-lan', 'fe80::1%br-lan-fe80::9%br-lan'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::ffff:a00:1', '10.0.0.1'],
  ['::FFFF:10.0.0.0/104', '10.0.0.0/8'],
  ['::ffff:10.0.0.1-::ffff:10.0.0.9', '10.0.0.1-10.0.0.9'],
  ['localhost', 'name localhost'],
  ['example.org.', 'name example.org.'],
  ['_srv.example.org', 'name _srv.example.org'],
  ['3com.example', 'name 3com.example'],
  ['example.org/28', 'name example.org /28'],
  ['bücher.example', 'name xn--bcher-kva.example'],
]

/** word, character of the fault, what the message has to say. */
const FAULTS: readonly [word: string, position: number, says: RegExp][] = [
  ['', 1, /empty/],
  ['0', 1, /write 0\.0\.0\.0$/],
  ['127.1', 1, /write 127\.0\.0\.1$/],
  ['0x7f.1', 1, /write 127\.0\.0\.1$/],
  ['0x7F000001', 1, /write 127\.0\.0\.1$/],
  ['2130706433', 1, /write 127\.0\.0\.1$/],
  ['010.1.1.1', 1, /write 10, or 8 if octal was meant$/],
  ['127.0.0.1.', 1, /write 127\.0\.0\.1$/],
  ['１２７.0.0.1', 1, /write 127\.0\.0\.1$/],
  ['127。0。0。1', 1, /write 127\.0\.0\.1$/],
  ['10.0.0.300', 8, /300 is above 255/],
  ['10.0..1', 6, /octet is missing/],
  ['10.0.0.9-1', 8, /did you mean 1-9\?/],
  ['10.0.0.9-10.0.0.1', 1, /did you mean 10\.0\.0\.1-10\.0\.0\.9\?/],
  ['2001:db8::ff-2001:db8::1', 1, /did you mean 2001:db8::1-2001:db8::ff\?/],
  ['10.0.0.1-10.0.0.9/24', 18, /a-b or a\/bits/],
  ['10.0.0.0/33', 10, /0 to 32/],
  ['10.0.0.0/08', 10, /0 to 32/],
  ['10.0.0.0/255.255.255.0', 10, /write \/24$/],
  ['10.0.0.0/255.0.255.0', 10, /0 to 32/],
  ['2001:db8::/129', 12, /0 to 128/],
  ['fe80::/64%eth0', 8, /fe80::1%eth0\/64/],
  ['2001:db8::1%eth0', 1, /leave out %eth0/],
  ['2001:db8::g', 11, /hex digits/],
  ['2001:db8::12345', 11, /too long/],
  ['1::2::3', 1, /no IPv6 address/],
  ['10.0.0.1,10.0.0.9', 9, /write 10\.0\.0\.1 10\.0\.0\.9$/],
  ['*.*.*.1', 1, /1048576 separate ranges/],
  ['[10.0.0.1]', 2, /write 10\.0\.0\.1$/],
  ['http://example.org:8080/x', 1, /give the host only: example\.org, and the port with -p/],
  ['https://user@[::1]/', 1, /give the host only: \[::1\]/],
  ['127.0.0.1:80', 10, /give the host only, and the port with -p: 127\.0\.0\.1 -p 80/],
  ['[::1]:80', 6, /::1 -p 80/],
  ['example.org:443', 12, /example\.org -p 443/],
  ['example.org/path', 13, /give the host only/],
  ['root@example.org', 5, /give the host only: example\.org/],
  ['*.example.org', 1, /wildcard/],
  ['-a.example', 1, /hyphen/],
  ['a..example', 3, /empty/],
  ['example.123', 1, /end in a number/],
  ['exa mple', 4, /no host name/],
  [`${'a'.repeat(64)}.example`, 1, /63/],
]

describe('the target grammar', () => {
  for (const [word, meaning] of MEANINGS)
    test(`reads ${word} as ${meaning}`, () => {
      assert.equal(read(word), meaning)
    })

  for (const [word, position, says] of FAULTS)
    test(`refuses "${word.slice(0, 40)}" at character ${position}`, () => {
      const error = fault(word)
      assert.match(error.message, says)
      assert.equal(error.position, position)
      assert.equal(error.word, word)
      assert.doesNotMatch(error.message, /\n/)
    })

  test('names file and line of a word from a list', () => {
    assert.throws(
      () => parseTarget('10.0.0.256', { file: 'hosts.txt', line: 7 }),
      /^TargetSyntaxError: hosts\.txt:7: target "10\.0\.0\.256", character 8: /,
    )
  })

  test('never writes control characters into its message', () => {
    for (const word of [
      '\u001b[31mred',
      'a\nb',
      'http://\u001b]0;x\u0007/',
      'x@\u202eevil',
      'fe80::1%\u0007-',
    ])
      assert.doesNotMatch(fault(word).message, /[\p{Cc}\p{Cf}]/u)
  })

  test('takes what it writes: sets survive the way through text', () => {
    const four = fc.tuple(fc.nat(2 ** 32 - 1), fc.nat(2 ** 16))
    const linkLocal = fc.tuple(fc.bigInt(0n, 2n ** 64n), fc.nat(99), fc.constantFrom('eth0', 'br-lan'))
    fc.assert(
      fc.property(
        fc.array(four),
        fc.array(fc.bigInt(2n ** 64n, 2n ** 128n - 1n)),
        fc.array(linkLocal),
        (a, b, c) => {
          const builder = new AddressSetBuilder()
          for (const [first, more] of a)
            builder.add({ family: 4, first, last: Math.min(first + more, 2 ** 32 - 1) })
          for (const value of b) builder.add({ family: 6, first: value, last: value })
          for (const [offset, more, zone] of c) {
            const first = (0xfe80n << 112n) + offset
            builder.add({ family: 6, first, last: first + BigInt(more), zone })
          }
          const set = builder.build()
          if (set.isEmpty) return
          const parts = splitTargetList(set.toString()).map((word) => parseTarget(word))
          const back = unionOf(parts.flatMap((target) => (target.kind === 'addresses' ? [target.set] : [])))
          assert.equal(back.toString(), set.toString())
        },
      ),
    )
  })

  test('reads IPv6 as the ip-address package does', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.nat(128), (text, bits) => {
        const oracle = new Address6(`${text}/${bits}`)
        const target = parseTarget(`${text}/${bits}`)
        assert.ok(target.kind === 'addresses')
        const first = oracle.startAddress().bigInt()
        const isMapped = bits >= 96 && first >> 32n === 0xffffn
        const [range] = target.set.ranges()
        assert.equal(target.set.size, 2n ** BigInt(128 - bits))
        assert.equal(BigInt(range?.first ?? -1), isMapped ? first & 0xffff_ffffn : first)
      }),
      { numRuns: 300 },
    )
  })

  test('gives octet lists the addresses that counting them out gives', () => {
    const item = fc
      .tuple(fc.nat(255), fc.nat(255), fc.constantFrom('one', 'both', 'left', 'right', 'star'))
      .map(([a, b, form]) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        if (form === 'one') return { text: `${a}`, low: a, high: a }
        if (form === 'both') return { text: `${low}-${high}`, low, high }
        if (form === 'left') return { text: `-${a}`, low: 0, high: a }
        if (form === 'right') return { text: `${a}-`, low: a, high: 255 }
        return { text: '*', low: 0, high: 255 }
      })
    const octet = fc.array(item, { minLength: 1, maxLength: 3 })
    const small = fc.tuple(fc.constant('10'), fc.nat(255), octet, octet, fc.integer({ min: 8, max: 32 }))
    fc.assert(
      fc.property(small, ([a, b, c, d, bits]) => {
        const word = `${a}.${b}.${c.map(({ text }) => text).join(',')}.${d.map(({ text }) => text).join(',')}`
        const keep = 2 ** (32 - bits)
        const expected = new Set<number>()
        for (const x of c)
          for (let i = x.low; i <= x.high; i++)
            for (const y of d)
              for (let j = y.low; j <= y.high; j++) {
                const value = 10 * 2 ** 24 + b * 2 ** 16 + i * 256 + j
                expected.add(value - (value % keep))
              }
        const target = parseTarget(`${word}/${bits}`)
        assert.ok(target.kind === 'addresses')
        assert.equal(target.set.size, BigInt(expected.size * keep))
        for (const value of expected) {
          assert.ok(target.set.contains({ family: 4, value }), formatAddress({ family: 4, value }))
          assert.ok(target.set.contains({ family: 4, value: value + keep - 1 }))
        }
      }),
      { numRuns: 60 },
    )
  })

  test('throws nothing but TargetSyntaxError, whatever the word', () => {
    const pieces = fc.array(
      fc.constantFrom(
        ...'0 1 255 256 10. . , - * / : :: % [ ] @ fe80 ffff: 0x é 。 \u0000 # //'.split(' '),
        'eth0',
      ),
      { maxLength: 14 },
    )
    const word = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string(),
      pieces.map((p) => p.join('')),
    )
    fc.assert(
      fc.property(word, (text) => {
        try {
          read(text)
        } catch (error) {
          assert.ok(error instanceof TargetSyntaxError, String(error))
          assert.ok(error.position >= 1 && error.position <= text.length + 1, error.message)
        }
      }),
      { numRuns: 5000 },
    )
    fault('1,'.repeat(5000))
    fault(':'.repeat(4000))
    fault('-'.repeat(4000))
  })
})

describe('a comma-separated list of targets', () => {
  const LISTS: readonly [list: string, targets: string[]][] = [
    ['10.0.0.1,10.0.0.9', ['10.0.0.1', '10.0.0.9']],
    ['10.0.0.1,9', ['10.0.0.1,9']],
    ['10.0.0,1.5', ['10.0.0,1.5']],
    ['10.0.0.1,2,10.0,1.0.5,example.org', ['10.0.0.1,2', '10.0,1.0.5', 'example.org']],
    ['1,2.0.0.1', ['1,2.0.0.1']],
    ['10.0.0.0/24,10.1.0.0/16', ['10.0.0.0/24', '10.1.0.0/16']],
    ['10.0.0,1.0/24,::1', ['10.0.0,1.0/24', '::1']],
    ['10.0.0.1-10.0.0.9,10.0.0.20', ['10.0.0.1-10.0.0.9', '10.0.0.20']],
    ['10.0.0.1-9,*', ['10.0.0.1-9,*']],
    ['a.example,b.example,10.0.0.1', ['a.example', 'b.example', '10.0.0.1']],
    ['::1,2001:db8::/32', ['::1', '2001:db8::/32']],
    ['a,,b', ['a', '', 'b']],
  ]
  for (const [list, targets] of LISTS)
    test(`splits ${list} into ${targets.length}`, () => {
      assert.deepEqual(splitTargetList(list), targets)
    })
})
