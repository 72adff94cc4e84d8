import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { FUTURE_COMMANDS } from '../../src/cli/commands.ts'
import { overview } from '../../src/cli/help.ts'
import { usageProblem } from '../../src/cli/usage-error.ts'
import { parsePorts } from '../../src/scan/ports/grammar.ts'
import { parseTarget } from '../../src/scan/targets/grammar.ts'
import { MAIN, cleanEnvironment, portolan } from './portolan-process.ts'

describe('portolan', () => {
  test('-h and --help print the two lengths of help', () => {
    assert.deepEqual(portolan(['-h']), { status: 0, stdout: overview('short'), stderr: '' })
    assert.deepEqual(portolan(['--help']), { status: 0, stdout: overview('full'), stderr: '' })
  })
  test('without a word shows the help and ends with 2', () => {
    assert.deepEqual(portolan([]), { status: 2, stdout: '', stderr: overview('short') })
  })
  test('-V, --version and version print the version of the package', () => {
    const json: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    assert.ok(typeof json === 'object' && json !== null && 'version' in json)
    for (const word of ['-V', '--version', 'version'])
      assert.deepEqual(portolan([word]), {
        status: 0,
        stdout: `portolan ${String(json.version)}\n`,
        stderr: '',
      })
  })

  const wrong: readonly (readonly [words: string[], line: string])[] = [
    [['scna'], "unknown command 'scna' (argument 1); did you mean portolan scan? see portolan --help"],
    [
      ['frobnicate'],
      "unknown command 'frobnicate' (argument 1); commands: scan scope ports doctor completion help version",
    ],
    [
      ['127.0.0.1'],
      "'127.0.0.1' is a target, not a command (argument 1); did you mean portolan scan 127.0.0.1?",
    ],
    [
      ['localhost', '-F'],
      "'localhost' is a target, not a command (argument 1); did you mean portolan scan localhost -F?",
    ],
    [
      ['-p', '80', '::1'],
      "option '-p' stands before a command (argument 1); did you mean portolan scan -p 80 ::1?",
    ],
    [
      ['toString'],
      "unknown command 'toString' (argument 1); commands: scan scope ports doctor completion help version",
    ],
    [
      ['doctor', '--jsn'],
      "unknown option '--jsn' (argument 2); did you mean --json? see portolan doctor --help",
    ],
  ]
  for (const [words, line] of wrong)
    test(`${JSON.stringify(words)} is one line and status 2`, () => {
      assert.deepEqual(portolan(words), { status: 2, stdout: '', stderr: `portolan: ${line}\n` })
    })

  test('control characters of a word do not reach the terminal', () => {
    const { status, stderr } = portolan(['--evil\u001b[2J\n'])
    assert.equal(status, 2)
    assert.match(stderr, /^portolan: option '--evil\\x1b\[2J\\x0a' \P{Cc}+\n$/u)
  })

  test('commands of later versions are recognised and refused', () => {
    for (const [name, why] of Object.entries(FUTURE_COMMANDS))
      assert.deepEqual(portolan([name, '--x']), {
        status: 2,
        stdout: '',
        stderr: `portolan: not built yet: ${name} ${why}; see portolan --help\n`,
      })
  })
})

test('mistakes that the floors below find count as wrong usage, told once', () => {
  for (const wrong of [
    () => parsePorts('80-', { protocols: [] }),
    () => parsePorts('99999', { protocols: ['tcp'] }),
    () => parseTarget('1.2.3.4/99'),
  ]) {
    let problem: string | undefined
    try {
      wrong()
    } catch (error) {
      problem = usageProblem(error)
      assert.ok(error instanceof Error && 'hint' in error && typeof error.hint === 'string')
      assert.equal(problem?.split(error.hint).length, 2, 'the way out stands there once')
    }
    assert.notEqual(problem, undefined)
  }
  assert.equal(usageProblem(new SyntaxError('of the language')), undefined)
  assert.equal(usageProblem(new TypeError('a fault of ours')), undefined)
})

/** Runs code that fails inside a command, in the place of a command of its own. */
function failing(code: string, env: Record<string, string> = {}): { status: number | null; stderr: string } {
  const script = `
    import { main } from ${JSON.stringify(new URL('../../src/cli/main.ts', import.meta.url).href)}
    process.stdout.write = () => { ${code} }
    await main(['version'])`
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: cleanEnvironment(env),
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stderr }
}

describe('an unexpected error', () => {
  test('is one line and status 3, thrown now or later', () => {
    const expected = { status: 3, stderr: 'portolan: it broke here\n' }
    assert.deepEqual(failing("throw new Error('it broke\\nhere')"), expected)
    assert.deepEqual(failing("setTimeout(() => { throw new Error('it broke here') })"), expected)
    assert.deepEqual(failing("Promise.reject(new Error('it broke here'))"), expected)
  })
  test('has its stack with PORTOLAN_DEBUG=1', () => {
    const { status, stderr } = failing("throw new Error('it broke')", { PORTOLAN_DEBUG: '1' })
    assert.equal(status, 3)
    assert.match(stderr, /^portolan: it broke\nError: it broke\n +at /)
  })
})

test('a reader that goes away ends it quietly with 141, as SIGPIPE would', () => {
  const pipeline = `'${process.execPath}' '${MAIN}' ports --class registered | head -n 1; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', pipeline], {
    env: cleanEnvironment(),
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.equal(stderr, '')
  assert.match(stdout, /^PORT[^\n]*\n141\n$/)
})

test('a full disk behind standard output is one line and status 3', (t) => {
  if (!existsSync('/dev/full')) return t.skip('there is no /dev/full here')
  const { stderr, status } = spawnSync('bash', ['-c', `'${process.execPath}' '${MAIN}' --help >/dev/full`], {
    env: cleanEnvironment(),
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.match(stderr, /^portolan: cannot write to standard output: ENOSPC[^\n]*\n$/)
  assert.equal(status, 3)
})

test('a closed standard error does not keep the results back', () => {
  const { stdout } = spawnSync('bash', ['-c', `'${process.execPath}' '${MAIN}' ports 22 2>&-; echo $?`], {
    env: cleanEnvironment(),
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.match(stdout, /^PORT[^]*\n0\n$/)
})
