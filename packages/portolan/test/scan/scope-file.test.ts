import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { renderScopeFile } from '../../src/scan/scope/render-scope-file.ts'
import { ScopeFileError } from '../../src/scan/scope/scope-file-error.ts'
import { parseScopeFile, readScopeFile } from '../../src/scan/scope/scope-file.ts'
import type { ScopeFile } from '../../src/scan/scope/scope-file.ts'
import { TargetError } from '../../src/scan/targets/target-errors.ts'

/** The example of the documentation. */
const GOOD = `version: 1
authorisation: { owner: Netops, contact: soc@example.org, reference: SOW-2026-14, valid_from: 2026-11-01, valid_until: 2027-01-31 }
include: [198.18.0.0/15]
exclude: [198.18.9.0/24]
methods: [connect, syn, udp, services]
limits: { pps: 50000, pps_per_host: 1000 }
`

async function parse(text: string): Promise<ScopeFile> {
  return await parseScopeFile(Buffer.from(text), 'scope.yaml')
}

const FAULTS: readonly [what: string, text: string, message: RegExp][] = [
  [
    'an unknown key',
    GOOD.replace('exclude', 'exlude'),
    /^scope\.yaml:4:1: unknown key "exlude"; the keys here are version, .*exclude/,
  ],
  [
    'an unknown inner key',
    GOOD.replace('pps_per_host', 'pps_host'),
    /^scope\.yaml:6:23: unknown key "pps_host"; the keys here are pps, pps_per_host/,
  ],
  [
    'a missing key',
    GOOD.replace(', valid_until: 2027-01-31', ''),
    /^scope\.yaml:2:16: authorisation\.valid_until is missing; portolan scope init/,
  ],
  ['no include', GOOD.replace(/include.*\n/, ''), /^scope\.yaml:1:1: include is missing/],
  ['another version', GOOD.replace('1', '2'), /^scope\.yaml:1:1: version: must be 1/],
  [
    'a day that is not',
    GOOD.replace('2027-01-31', '2027-02-30'),
    /^scope\.yaml:2:\d+: authorisation\.valid_until: must be a day/,
  ],
  [
    'days in the wrong order',
    GOOD.replace('2027-01-31', '2026-10-31'),
    /^scope\.yaml:2:\d+: valid_until 2026-10-31 is before valid_from/,
  ],
  ['an unknown method', GOOD.replace('udp', 'ack'), /^scope\.yaml:5:25: methods\.2: /],
  ['a negative limit', GOOD.replace('50000', '-1'), /^scope\.yaml:6:11: limits\.pps: /],
  [
    'a wrong target',
    GOOD.replace('198.18.9.0/24', '198.18.9.0/240'),
    /^scope\.yaml:4:11: target "198\.18\.9\.0\/240", character 12: /,
  ],
  [
    'an ambiguous target',
    GOOD.replace('198.18.9.0/24', '"127.1"'),
    /^scope\.yaml:4:11: .*write 127\.0\.0\.1$/,
  ],
  ['a name', GOOD.replace('198.18.9.0/24', 'example.org'), /^scope\.yaml:4:11: "example\.org" is a name/],
  [
    'a host entry',
    GOOD.replace('[198.18.9.0/24]', '[{host: "*.example.org"}]'),
    /^scope\.yaml:4:11: hosts by name are not taken yet; write their addresses/,
  ],
  [
    'a number as target',
    GOOD.replace('198.18.9.0/24', '10.0.0.1,9'),
    /^scope\.yaml:4:20: an entry must be a text; put it in quotes/,
  ],
  [
    'IPv6 that YAML takes for a key',
    GOOD.replace('[198.18.9.0/24]', '\n- 2001:db8::\n'),
    /an entry must be a text; put it in quotes, as in "2001:db8::"/,
  ],
  ['an empty list', GOOD.replace('[198.18.9.0/24]', ''), /^scope\.yaml:4:1: exclude: /],
  ['a key twice', `${GOOD}exclude: []\n`, /^scope\.yaml:7:1: /],
  [
    'an alias',
    GOOD.replace('[198.18.0.0/15]', '&a [198.18.0.0/15]').replace('[198.18.9.0/24]', '*a'),
    /^scope\.yaml:4:10: the alias \*a is not taken/,
  ],
  [
    'a wildcard without quotes',
    GOOD.replace('198.18.9.0/24', '*.1.1.1'),
    /^scope\.yaml:4:11: the alias .*quote/,
  ],
  ['a tag', GOOD.replace('[198.18.9.0/24]', '!!js/function x'), /^scope\.yaml:4:10: /],
  ['two documents', `${GOOD}---\n${GOOD}`, /^scope\.yaml:\d+:\d+: /],
  ['broken YAML', GOOD.replace(']', ''), /^scope\.yaml:\d+:\d+: /],
  ['nothing', '', /^scope\.yaml:1:1: this is no scope file/],
  ['a list', '- 1', /^scope\.yaml:1:1: this is no scope file/],
  ['deep nesting', '['.repeat(200_000), /^scope\.yaml/],
  ['no UTF-8', 'version: \ud800', /^scope\.yaml/],
]

describe('a scope file', () => {
  test('gives who allowed what, until when, with the hash of its bytes', async () => {
    const file = await parse(GOOD)
    assert.deepEqual(file.authorisation, {
      owner: 'Netops',
      contact: 'soc@example.org',
      reference: 'SOW-2026-14',
      validFrom: '2026-11-01',
      validUntil: '2027-01-31',
    })
    assert.deepEqual(
      [...file.include, ...file.exclude].map(({ list, text, line, column, set }) => [
        list,
        text,
        line,
        column,
        set.toString(),
      ]),
      [
        ['include', '198.18.0.0/15', 3, 11, '198.18.0.0/15'],
        ['exclude', '198.18.9.0/24', 4, 11, '198.18.9.0/24'],
      ],
    )
    assert.deepEqual(file.methods, ['connect', 'syn', 'udp', 'services'])
    assert.deepEqual(file.limits, { pps: 50000, ppsPerHost: 1000 })
    assert.equal(file.sha256, createHash('sha256').update(GOOD).digest('hex'))
  })

  test('allows connect alone and excludes nothing where it does not say', async () => {
    const file = await parse(GOOD.split('\n').slice(0, 3).join('\n'))
    assert.deepEqual(file.methods, ['connect'])
    assert.deepEqual(file.exclude, [])
    assert.deepEqual(file.limits, {})
  })

  for (const [what, text, message] of FAULTS)
    test(`is refused for ${what}`, async () => {
      await assert.rejects(
        () => parse(text),
        (error) => {
          assert.ok(error instanceof ScopeFileError, String(error))
          assert.match(error.message, message)
          assert.doesNotMatch(error.message, /\n/)
          return true
        },
      )
    })

  test('is refused above 1 MiB, where it is missing, and for a folder', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'portolan-'))
    const large = join(folder.path, 'large.yaml')
    await writeFile(large, GOOD + '#'.repeat(1024 * 1024))
    const good = join(folder.path, 'good.yaml')
    await writeFile(good, GOOD)
    assert.equal((await readScopeFile(good)).sha256, createHash('sha256').update(GOOD).digest('hex'))
    await assert.rejects(() => readScopeFile(large), /large\.yaml: is larger than 1 MiB; /)
    await assert.rejects(
      () => readScopeFile(join(folder.path, 'none')),
      /none: cannot be read \(ENOENT\); portolan scope init/,
    )
    await assert.rejects(() => readScopeFile(folder.path), /EISDIR/)
  })

  test('never ends in anything but a ScopeFileError, whatever is changed in it', async () => {
    const change = fc.tuple(fc.nat(GOOD.length), fc.nat(6), fc.string({ unit: 'binary', maxLength: 6 }))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        let text = GOOD
        for (const [at, length, by] of changes) text = text.slice(0, at) + by + text.slice(at + length)
        try {
          await parse(text)
        } catch (error) {
          assert.ok(error instanceof ScopeFileError, String(error))
          assert.doesNotMatch(error.message, /\p{Cc}/u)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('costs nothing until there is one: the parser and the schema are not loaded before', () => {
    const scope = fileURLToPath(import.meta.resolve('../../src/scan/scope/scope-file.ts'))
    const rules = fileURLToPath(import.meta.resolve('../../src/scan/scope/check-space.ts'))
    const script = `
      import { registerHooks } from 'node:module'
      registerHooks({ resolve(name, context, next) { if (/^(yaml|zod)/.test(name)) console.log(name); return next(name, context) } })
      const { readScopeFile } = await import(${JSON.stringify(scope)})
      await import(${JSON.stringify(rules)})
      console.log('loaded')
      await readScopeFile('/nonexistent').catch(() => console.log('no file'))`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    assert.equal(stdout, 'loaded\nno file\n')
  })
})

describe('a new scope file', () => {
  test('reads back as what was asked for, whatever the texts hold', async () => {
    const text = fc.string({ minLength: 1, maxLength: 30 }).filter((text) => text.trim() === text)
    await fc.assert(
      fc.asyncProperty(text, text, text, async (owner, contact, reference) => {
        const file = await parse(
          renderScopeFile({
            include: ['198.18.0.0/15', '2001:2::', '9.9.9.9', '10.0.0.1,9'],
            exclude: ['fe80::1%eth0'],
            owner,
            contact,
            reference,
            validFrom: '2026-11-01',
            validUntil: '2026-11-30',
            methods: ['connect', 'syn'],
            limits: { pps: 1000, ppsPerHost: 0.5 },
          }),
        )
        assert.deepEqual(file.authorisation, {
          owner,
          contact,
          reference,
          validFrom: '2026-11-01',
          validUntil: '2026-11-30',
        })
        assert.deepEqual(
          file.include.map(({ set }) => set.toString()),
          ['198.18.0.0/15', '2001:2::', '9.9.9.9', '10.0.0.1,10.0.0.9'],
        )
        assert.deepEqual(
          file.exclude.map(({ set }) => set.toString()),
          ['fe80::1%eth0'],
        )
        assert.deepEqual(file.methods, ['connect', 'syn'])
        assert.deepEqual(file.limits, { pps: 1000, ppsPerHost: 0.5 })
      }),
      { numRuns: 50 },
    )
  })

  test('is refused for names and wrong targets', () => {
    const rest = {
      owner: 'a',
      contact: 'b',
      reference: 'c',
      validFrom: '2026-11-01',
      validUntil: '2026-11-30',
    }
    assert.throws(() => renderScopeFile({ ...rest, include: ['example.org'] }), TargetError)
    assert.throws(() => renderScopeFile({ ...rest, include: ['10.0.0.256'] }), TargetError)
  })
})
