import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parsePorts } from '../../src/scan/ports/grammar.ts'
import { PortSet } from '../../src/scan/ports/port-set.ts'
import { PortSyntaxError } from '../../src/scan/ports/syntax-error.ts'
import type { Protocol } from '../../src/scan/states.ts'

const TCP: readonly Protocol[] = ['tcp']
const BOTH: readonly Protocol[] = ['tcp', 'udp']

const parse = (spec: string, protocols: readonly Protocol[] = TCP) => parsePorts(spec, { protocols })
const text = (spec: string, protocols: readonly Protocol[] = TCP) => parse(spec, protocols).ports.toString()

function syntaxError(spec: string, protocols: readonly Protocol[] = TCP): PortSyntaxError {
  try {
    parse(spec, protocols)
  } catch (error) {
    assert.ok(error instanceof PortSyntaxError, String(error))
    return error
  }
  return assert.fail(`"${spec}" was taken`)
}

test('numbers, ranges and open ranges are what nmap reads them as', () => {
  const read: readonly (readonly [string, string])[] = [
    ['22', '22'],
    ['0', '0'],
    ['080', '80'],
    ['80,22', '22,80'],
    ['22,80,1000-2000', '22,80,1000-2000'],
    ['1-2', '1,2'],
    ['-', '1-65535'],
    ['-3', '1-3'],
    ['65533-', '65533-65535'],
    ['0-', '0-65535'],
    ['22,', '22'],
    [' 22 , 80 , ', '22,80'],
    ['T: 22', '22'],
  ]
  for (const [spec, expected] of read) assert.equal(text(spec), expected, spec)
})

test('a letter holds until the next one and ends with its bracket', () => {
  assert.equal(text('53,T:21-23,80,U:53,123', BOTH), 'T:21-23,53,80,U:53,123')
  assert.equal(text('7', BOTH), 'T:7,U:7')
  assert.equal(text('U:7', BOTH), 'U:7')
  assert.equal(text('[T:22,U:53],80', BOTH), 'T:22,80,U:53,80')
  assert.equal(text('U:[T:22],123', BOTH), 'T:22,U:123')
})

test('brackets keep only ports that have a name', () => {
  const { ports } = parse('[1-100]')
  for (const port of [21, 22, 25, 53, 80]) assert.ok(ports.has('tcp', port), String(port))
  for (const port of [4, 6, 8, 26, 100]) assert.ok(!ports.has('tcp', port), String(port))
  assert.equal(text('[4-8,80]'), '5,7,80')
})

test('names and masks match any case, aliases included', () => {
  assert.equal(text('ssh'), '22')
  assert.equal(text('sSH,www'), '22,80')
  assert.equal(text('redis'), '6379')
  assert.equal(text('ldap?'), '636')
  const { ports } = parse('http*')
  for (const port of [80, 443, 8080]) assert.ok(ports.has('tcp', port), String(port))
  assert.ok(!ports.has('tcp', 22))
  assert.equal(text('domain', BOTH), 'T:53,U:53')
  assert.equal(text('syslog', BOTH), 'U:514')
})

test('a mask of many stars is matched in polynomial time', () => {
  assert.throws(() => parse(`${'*?'.repeat(40)}~`), PortSyntaxError)
  assert.match(syntaxError(`${'*?'.repeat(40)}x`).message, /fits no service name/)
})

test('ports given twice are warned of once and scanned once', () => {
  assert.deepEqual(parse('80,81').warnings, [])
  const { ports, warnings } = parse('80,80,80,1-100')
  assert.equal(ports.size, 100)
  assert.deepEqual(warnings, [
    'ports are given more than once, first 80 in "80" (character 4): each is scanned once',
  ])
})

test('ports of a protocol that is not scanned are left out with a warning', () => {
  const { ports, warnings } = parse('T:80,U:53')
  assert.equal(ports.toString(), '80')
  assert.deepEqual(warnings, ['U: ports are left out, for no udp scan is asked for: add -sU'])
})

test('an empty bracket beside other ports is warned of', () => {
  assert.deepEqual(parse('[4],80').warnings, ['[4] holds no port with a name'])
})

test('what is outside the grammar is named with its place and the way out', () => {
  // spec, word, position, and a part of the hint
  const wrong: readonly (readonly [string, string, number, string])[] = [
    ['htpp', 'htpp', 0, 'did you mean "http"?'],
    ['22,htpp', 'htpp', 3, 'did you mean "http"?'],
    ['22, redsi ', 'redsi', 4, 'did you mean "redis"?'],
    ['ssh,xyzzyqwert', 'xyzzyqwert', 4, 'lists the names'],
    ['zzz*', 'zzz*', 0, 'lists the names'],
    ['22,70000', '70000', 3, 'ports end at 65535'],
    ['1-70000', '70000', 2, 'ports end at 65535'],
    ['70000-70001', '70000', 0, 'ports end at 65535'],
    ['99999999999999999999', '99999999999999999999', 0, 'ports end at 65535'],
    ['22,100-1', '100-1', 3, 'did you mean "1-100"?'],
    ['-0', '-0', 0, 'for port 0 write 0'],
    ['22,,80', ',', 3, 'take one comma out'],
    ['22,,', ',', 3, 'take one comma out'],
    [',22', ',', 0, 'take one comma out'],
    ['', '', 0, 'write ports such as'],
    ['  ', '', 0, 'write ports such as'],
    ['22 80', '80', 3, 'need a comma'],
    ['1 - 5', '-', 2, 'ranges no blanks'],
    ['22;80', '22;80', 0, 'did you mean "22,80"?'],
    ['80:90', '80:90', 0, 'did you mean "80-90"?'],
    ['80..90', '80..90', 0, 'did you mean "80-90"?'],
    ['1-2-3', '1-2-3', 0, 'two ends'],
    ['22,u:53', 'u:53', 3, 'did you mean "U:53"?'],
    ['t:53', 't:53', 0, 'did you mean "T:53"?'],
    ['udp:53', 'udp:53', 0, 'did you mean "U:53"?'],
    ['53/udp', '53/udp', 0, 'did you mean "U:53"?'],
    ['T:U:53', 'U:53', 2, 'one letter'],
    ['S:80', 'S:80', 0, 'use T:'],
    ['P:6', 'P:6', 0, 'use T:'],
    ['O:1', 'O:1', 0, 'use T:'],
    ['T:', 'T:', 0, 'such as U:53'],
    ['[T:],80', 'T:', 1, 'such as U:53'],
    ['[1-10,[5]]', '[', 6, 'do not nest'],
    ['[1-100', '[1-100', 0, 'add a "]"'],
    ['22,[', '[', 3, 'add a "]"'],
    ['[]', ']', 1, 'between the brackets'],
    ['80]', ']', 2, 'take it out'],
    ['HTTP', 'HTTP', 0, 'did you mean "http"?'],
    ['3com-tsmux', '3com-tsmux', 0, 'did you mean "106"?'],
    ['all', 'all', 0, 'did you mean "-"?'],
    ['top-100', 'top-100', 0, 'did you mean --top-ports 100?'],
    ['[4]', '[4]', 0, 'only ports with a name'],
    ['U:53', 'U:53', 0, 'add -sU'],
    ['syslog', 'syslog', 0, 'add -sU'],
    ['T:syslog', 'syslog', 2, 'write U:syslog'],
  ]
  for (const [spec, word, position, hint] of wrong) {
    const error = syntaxError(spec)
    assert.deepEqual([error.word, error.position], [word, position], spec)
    assert.ok(error.hint.includes(hint), `${spec}: ${error.hint}`)
    assert.ok(error.message.endsWith(error.hint), spec)
    assert.equal(error.spec, spec)
  }
})

test('the message of an error is one line that counts characters from 1', () => {
  assert.equal(
    syntaxError('22,htpp').message,
    '"htpp" (character 4 of "22,htpp") is no service name: did you mean "http"?',
  )
  assert.match(syntaxError('S:80').message, /SCTP\/IP protocol scans are not built/)
  assert.match(syntaxError('22,\u001b[2Jx').message, /^"\\x1b" \(character 4 of "22,\\x1b\[2Jx"\) /)
})

test('no text makes the parser throw anything but its own error', () => {
  const soup = fc.string({ unit: fc.constantFrom(...'0123456789-,[]:TUSPtu *?ahtp./;\n'.split('')) })
  fc.assert(
    fc.property(
      fc.oneof(soup, fc.string({ unit: 'binary' })),
      fc.constantFrom(TCP, BOTH, []),
      (spec, protocols) => {
        try {
          assert.ok(parse(spec, protocols).ports.size > 0)
        } catch (error) {
          assert.ok(error instanceof PortSyntaxError, String(error))
          assert.equal(spec.slice(error.position, error.position + error.word.length), error.word)
          assert.ok(!error.message.includes('\n'))
        }
      },
    ),
    { numRuns: 1500 },
  )
})

interface Item {
  readonly letter: '' | 'T:' | 'U:'
  readonly left: number | undefined
  readonly right: number | undefined
  readonly single: boolean
  readonly blank: string
}

test('valid specs give the ports that a reading item by item gives', () => {
  const port = fc.integer({ min: 0, max: 65_535 })
  const item: fc.Arbitrary<Item> = fc
    .record({
      letter: fc.constantFrom('', '', 'T:', 'U:'),
      left: fc.option(port, { nil: undefined }),
      right: fc.option(port, { nil: undefined }),
      single: fc.boolean(),
      blank: fc.constantFrom('', '', ' '),
    })
    .filter(({ left, right, single }) => (single ? left !== undefined : (left ?? 1) <= (right ?? 65_535)))
  const items = fc.array(item, { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(items, fc.boolean(), (items, trailing) => {
      const spec = items
        .map(({ letter, left, right, single, blank }) =>
          [blank, letter, blank, single ? left : `${left ?? ''}-${right ?? ''}`, blank].join(''),
        )
        .join(',')
      const expected = { tcp: new Set<number>(), udp: new Set<number>() }
      let protocols = BOTH
      for (const { letter, left, right, single } of items) {
        if (letter === 'T:') protocols = ['tcp']
        if (letter === 'U:') protocols = ['udp']
        for (const protocol of protocols)
          for (let n = left ?? 1; n <= ((single ? left : right) ?? 65_535); n++) expected[protocol].add(n)
      }
      const { ports } = parse(trailing ? `${spec},` : spec, BOTH)
      const ascending = (set: Set<number>) => [...set].sort((a, b) => a - b)
      assert.deepEqual([...ports.tcp], ascending(expected.tcp))
      assert.deepEqual([...ports.udp], ascending(expected.udp))
    }),
    { numRuns: 60 },
  )
})

const anyPorts = fc.array(fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 0, max: 40 })), {
  maxLength: 60,
})
const anySet = fc.record({ tcp: anyPorts, udp: anyPorts }).map((lists) => new PortSet(lists))

test('the text of a set reads back to the same set', () => {
  fc.assert(
    fc.property(anySet, (set) => {
      fc.pre(set.size > 0)
      const protocols = BOTH.filter((protocol) => set[protocol].length > 0)
      const { ports, warnings } = parse(set.toString(), protocols)
      assert.deepEqual(ports, set)
      assert.equal(ports.toString(), set.toString())
      assert.deepEqual(warnings, [])
    }),
  )
})

test('a set has what it was made of, ascending and once', () => {
  fc.assert(
    fc.property(anyPorts, anyPorts, (tcp, udp) => {
      const set = new PortSet({ tcp, udp })
      assert.equal(set.size, new Set(tcp).size + new Set(udp).size)
      for (const port of tcp) assert.ok(set.has('tcp', port))
      for (let port = 0; port < 64; port++) assert.equal(set.has('udp', port), udp.includes(port))
      set.tcp.forEach((port, index) => assert.ok(index === 0 || port > (set.tcp[index - 1] ?? port)))
    }),
  )
  assert.throws(() => new PortSet({ tcp: [65_536] }), RangeError)
  assert.throws(() => new PortSet({ udp: [1.5] }), RangeError)
})

test('without() takes away what the other set has and nothing else', () => {
  fc.assert(
    fc.property(anySet, anySet, (one, other) => {
      const rest = one.without(other)
      for (const protocol of BOTH) {
        const expected = [...one[protocol]].filter((port) => ![...other[protocol]].includes(port))
        assert.deepEqual([...rest[protocol]], expected)
      }
      assert.equal(one.without(one).size, 0)
      assert.deepEqual(one.without(PortSet.empty), one)
    }),
  )
})
