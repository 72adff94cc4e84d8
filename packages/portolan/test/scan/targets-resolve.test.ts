import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { parseAddress } from '../../src/scan/address.ts'
import type { Address } from '../../src/scan/address.ts'
import { buildTargets } from '../../src/scan/targets/resolve.ts'
import type { BuiltTargets, TargetOptions } from '../../src/scan/targets/resolve.ts'
import { systemResolver } from '../../src/scan/targets/system-resolver.ts'
import { TargetError, TargetSyntaxError } from '../../src/scan/targets/target-errors.ts'

const ZONE: ReadonlyMap<string, string[]> = new Map([
  ['one.example', ['198.18.0.1']],
  ['both.example', ['2001:2::1', '198.18.0.2', '198.18.0.3']],
  ['mapped.example', ['::ffff:198.18.0.9']],
])

async function resolver(name: string): Promise<Address[]> {
  const found = ZONE.get(name)
  if (found === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  return found.flatMap((text) => parseAddress(text) ?? [])
}

async function build(options: Partial<TargetOptions>): Promise<BuiltTargets> {
  return await buildTargets({ targets: [], resolver, ...options })
}

function setOf(built: BuiltTargets): string {
  return built.space.toSet().toString()
}

async function* stdin(text: string): AsyncGenerator<string> {
  yield text
}

describe('building the targets', () => {
  test('merges words and lists, each address once', async () => {
    const built = await build({
      targets: ['198.18.0.0/30', '198.18.0.2', '::1'],
      targetFiles: ['-'],
      stdin: stdin('198.18.0.4 # and\n::ffff:198.18.0.5\n::1'),
    })
    assert.equal(setOf(built), '198.18.0.0-198.18.0.5,::1')
    assert.equal(built.space.size, 7)
    assert.deepEqual(built.given, ['198.18.0.0/30', '198.18.0.2', '::1', '-iL -'])
    assert.deepEqual(built.problems, [])
  })

  test('subtracts exclusions in every form, and counts what they took', async () => {
    const built = await build({
      targets: ['198.18.0.0/24', 'fe80::%eth0/120'],
      exclude: ['198.18.0.1,198.18.0.9,one.example/30', 'fe80::1,::1'],
      excludeFiles: ['-'],
      stdin: stdin('198.18.0.128/25'),
    })
    assert.equal(
      setOf(built),
      '198.18.0.4-198.18.0.8,198.18.0.10-198.18.0.127,fe80::%eth0,fe80::2%eth0-fe80::ff%eth0',
    )
    assert.equal(built.excluded, 4 + 1 + 128 + 1)
  })

  test('scans a name at its first address and says which others it has', async () => {
    const built = await build({ targets: ['both.example', 'one.example', 'mapped.example'] })
    assert.equal(setOf(built), '198.18.0.1,198.18.0.9,2001:2::1')
    assert.equal(built.names.get('2001:2::1'), 'both.example')
    assert.equal(built.names.get('198.18.0.9'), 'mapped.example')
    assert.deepEqual(
      built.problems.map(({ code }) => code),
      ['NAME_HAS_MORE_ADDRESSES'],
    )
    assert.match(built.problems[0]?.message ?? '', /2001:2::1, .*\(198\.18\.0\.2, 198\.18\.0\.3\)/)
  })

  test('takes the family that is asked for, and the network around a name', async () => {
    const built = await build({ targets: ['both.example/31', 'one.example'], family: 4 })
    assert.equal(setOf(built), '198.18.0.1-198.18.0.3')
    assert.equal(built.names.get('198.18.0.2'), 'both.example')
    const six = await build({ targets: ['one.example', '198.18.0.77'], family: 6 })
    assert.equal(setOf(six), '198.18.0.77')
    assert.match(six.problems[0]?.message ?? '', /one\.example is not scanned: the name has no IPv6 address/)
  })

  test('goes on without a target name that does not resolve', async () => {
    const built = await build({ targets: ['missing.example', '198.18.0.1'] })
    assert.equal(setOf(built), '198.18.0.1')
    assert.equal(built.problems[0]?.code, 'NAME_NOT_RESOLVED')
    assert.match(built.problems[0]?.message ?? '', /missing\.example .*ENOTFOUND/)
  })

  test('stops at an excluded name that does not resolve', async () => {
    await assert.rejects(
      () => build({ targets: ['198.18.0.0/24'], exclude: ['missing.example'] }),
      (error) =>
        error instanceof TargetError && /excluded name missing\.example .*ENOTFOUND/.test(error.message),
    )
  })

  test('excludes every address of an excluded name', async () => {
    const built = await build({ targets: ['198.18.0.0/29', '2001:2::1'], exclude: ['both.example'] })
    assert.equal(setOf(built), '198.18.0.0/31,198.18.0.4/30')
  })

  test('refuses one standard input for two lists, of which one would be empty', async () => {
    await assert.rejects(
      () => build({ targetFiles: ['-'], excludeFiles: ['-'], stdin: stdin('') }),
      TargetError,
    )
  })

  test('refuses a link-local target without its link, and a prefix longer than the address', async () => {
    await assert.rejects(() => build({ targets: ['fe80::1'] }), /add the interface, as in fe80::1%eth0/)
    await assert.rejects(() => build({ targets: ['one.example/64'] }), TargetSyntaxError)
  })

  test('names the line of a list a fault is in', async () => {
    await assert.rejects(
      () => build({ targetFiles: ['-'], stdin: stdin('198.18.0.1\n198.18.0.256') }),
      /^TargetSyntaxError: stdin:2: target "198\.18\.0\.256"/,
    )
  })

  test('looks each name up once, at most 32 at a time', async () => {
    let running = 0
    let most = 0
    const asked: string[] = []
    const slow = async (name: string): Promise<Address[]> => {
      const value = asked.push(name)
      most = Math.max(most, ++running)
      await setImmediate()
      running--
      return [{ family: 4, value }]
    }
    const names = Array.from({ length: 100 }, (_, i) => `h${i}.example`)
    const built = await build({ targets: [...names, ...names], resolver: slow })
    assert.equal(built.space.size, 100)
    assert.equal(asked.length, 100)
    assert.equal(most, 32)
  })

  test('ends at once when it is aborted, also while a lookup hangs', async () => {
    const never = async (): Promise<Address[]> => await new Promise(() => {})
    const controller = new AbortController()
    const building = build({ targets: ['one.example'], resolver: never, signal: controller.signal })
    controller.abort(new Error('stopped'))
    await assert.rejects(building, /stopped/)
    await assert.rejects(
      build({ targets: ['one.example'], signal: AbortSignal.abort(new Error('before')) }),
      /before/,
    )
  })

  test('resolves localhost by the system to loopback', async () => {
    const built = await buildTargets({ targets: ['localhost'] })
    assert.equal(built.space.size, 1)
    assert.ok(['127.0.0.1', '::1'].includes(setOf(built)), setOf(built))
    assert.deepEqual(await systemResolver('127.0.0.1'), [{ family: 4, value: 0x7f000001 }])
  })

  test('plans every IPv4 address there is without counting them out', async () => {
    const built = await build({ targets: ['0.0.0.0/0'], exclude: ['10.0.0.0/8'] })
    assert.equal(built.space.size, 2 ** 32 - 2 ** 24)
    assert.equal(built.excluded, 2 ** 24)
  })
})
