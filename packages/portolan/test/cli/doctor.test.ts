import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import {
  clockFinding,
  dataHome,
  environmentFinding,
  homeFinding,
  interfaceFinding,
  privilegeFinding,
  type Finding,
} from '../../src/cli/doctor-checks.ts'
import { scopeFinding } from '../../src/cli/doctor-scope.ts'
import { SCAN_OPTIONS } from '../../src/cli/scan-options.ts'
import { MAIN, cleanEnvironment, portolan } from './portolan-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'portolan-doctor-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function findingsOf(stdout: string): Finding[] {
  const findings: unknown = JSON.parse(stdout)
  assert.ok(Array.isArray(findings))
  return findings
}

describe('portolan doctor', () => {
  test('finds nothing wrong with a machine that runs these tests', () => {
    const { status, stdout, stderr } = portolan(['doctor', '--json'], { PORTOLAN_HOME: folder })
    assert.equal(stderr, '')
    const findings = findingsOf(stdout)
    assert.deepEqual(
      findings.filter((finding) => finding.status === 'fail'),
      [],
    )
    assert.equal(status, 0)
    for (const { status, hint, check } of findings) assert.equal(hint === undefined, status === 'ok', check)
    const checks = findings.map(({ check }) => check)
    for (const check of ['version', 'node', 'driver', 'privileges', 'loopback', 'clock', 'home', 'scope'])
      assert.ok(checks.includes(check), check)
  })
  test('reports the limits that the shell set and the kernel tells', (t) => {
    if (process.platform !== 'linux') return t.skip('limits are read on Linux only')
    const command = `ulimit -Sn 300 && ulimit -Hn 700 && exec '${process.execPath}' '${MAIN}' doctor`
    const { stdout } = spawnSync('bash', ['-c', command], {
      env: cleanEnvironment({ PORTOLAN_HOME: folder }),
      encoding: 'utf8',
      timeout: 60_000,
    })
    const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().replace(/\s+/, '-')
    assert.match(
      stdout,
      /^warn {2}descriptors +700 open files: [1-6]\d{2} probes at once, limited by descriptor limit .*\n +raise the limit/m,
    )
    assert.ok(stdout.includes(`source ports  ${range}: `), stdout)
  })
  test('ends with 3 where something is broken, and says the way out', () => {
    const file = join(folder, 'a-file')
    writeFileSync(file, '')
    const { status, stdout } = portolan(['doctor', '--scope', join(folder, 'missing.yaml')], {
      PORTOLAN_HOME: file,
    })
    assert.equal(status, 3)
    assert.match(stdout, /^fail {2}home .*a-file is not a folder\n +set PORTOLAN_HOME to a folder of yours$/m)
    assert.match(stdout, /^fail {2}scope .*missing\.yaml/m)
  })
  test('colours only where it is wanted', () => {
    assert.ok(!portolan(['doctor']).stdout.includes('\u001b'))
    assert.ok(portolan(['doctor', '--color=always']).stdout.includes('\u001b[32mok'))
    assert.ok(portolan(['doctor'], { PORTOLAN_COLOR: 'always' }).stdout.includes('\u001b[32mok'))
  })
  test('takes no target', () => {
    const { status, stderr } = portolan(['doctor', '127.0.0.1'])
    assert.equal(status, 2)
    assert.match(stderr, /^portolan: doctor takes no '127\.0\.0\.1' \(argument 2\); /)
  })
})

describe('a check', () => {
  test('of capabilities reads CAP_NET_RAW, bit 13', () => {
    assert.match(privilegeFinding('CapEff:\t0000000000002000\n').message, /^CAP_NET_RAW yes/)
    assert.match(privilegeFinding('CapEff:\t000001ffffffdfff\n').message, /^CAP_NET_RAW no/)
    assert.match(privilegeFinding('').message, /^not known/)
  })
  test('of interfaces warns where there is only loopback', () => {
    assert.equal(interfaceFinding({}).status, 'warn')
  })
  test('of the clock warns of a time before the installation', () => {
    assert.equal(clockFinding(0).status, 'warn')
    assert.equal(clockFinding().status, 'ok')
  })
  test('of the home follows PORTOLAN_HOME, then XDG', () => {
    assert.equal(dataHome({ PORTOLAN_HOME: '/a', XDG_DATA_HOME: '/b' }), '/a')
    assert.equal(dataHome({ PORTOLAN_HOME: '', XDG_DATA_HOME: '/b' }), '/b/portolan')
    // The XDG specification has relative paths ignored.
    assert.match(dataHome({ XDG_DATA_HOME: 'b' }), /\/\.local\/share\/portolan$/)
    assert.equal(homeFinding({ PORTOLAN_HOME: join(folder, 'new', 'deep') }).status, 'ok')
  })
  test('of the environment names a variable that nothing reads', () => {
    const options = [...SCAN_OPTIONS]
    assert.equal(environmentFinding({ PORTOLAN_TOP_PORTS: '5', PATH: 'x' }, options).status, 'ok')
    const { status, hint } = environmentFinding({ PORTOLAN_TOP_PORT: '5' }, options)
    assert.deepEqual([status, hint], ['warn', 'did you mean PORTOLAN_TOP_PORTS?'])
  })
  test('of the scope tells a valid file from an expired and a broken one', async () => {
    const file = join(folder, 'scope.yaml')
    const text = [
      'version: 1',
      'authorisation: { owner: Netops, contact: soc@example.org, reference: R-1, valid_from: 2026-01-01, valid_until: 2026-12-31 }',
      'include: [198.18.0.0/15]',
      'methods: [connect]',
    ].join('\n')
    writeFileSync(file, text)
    assert.equal((await scopeFinding(undefined)).status, 'ok')
    assert.equal((await scopeFinding(file, new Date('2026-12-31T23:59:59Z'))).status, 'ok')
    assert.equal((await scopeFinding(file, new Date('2027-01-01T00:00:00Z'))).status, 'fail')
    assert.equal((await scopeFinding(file, new Date('2025-12-31T23:59:59Z'))).status, 'fail')
    writeFileSync(file, 'version: 2')
    assert.equal((await scopeFinding(file)).status, 'fail')
  })
})
