import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { COMMANDS, FUTURE_COMMANDS, SHELLS } from '../../src/cli/commands.ts'
import { complete } from '../../src/cli/complete.ts'
import { FUTURE_SCAN_OPTIONS } from '../../src/cli/future-options.ts'
import { spellings, visibleOptions } from '../../src/cli/options.ts'
import { MAIN, cleanEnvironment, portolan } from './portolan-process.ts'

function offered(...words: readonly string[]): string[] {
  return complete(words).candidates.map(({ value }) => value)
}

describe('completion offers', () => {
  test('commands, and options before a command', () => {
    assert.deepEqual(
      offered(''),
      COMMANDS.map(({ name }) => name),
    )
    assert.deepEqual(offered('sc'), ['scan', 'scope'])
    assert.deepEqual(offered('--'), ['--help', '--version'])
    for (const name of Object.keys(FUTURE_COMMANDS)) assert.deepEqual(offered(name), [])
  })
  test('every option of every command by every spelling, and none that is not built', () => {
    for (const { name, options } of COMMANDS) {
      const names = offered(name, '-')
      for (const option of visibleOptions(options))
        for (const spelling of spellings(option)) assert.ok(names.includes(spelling), `${name} ${spelling}`)
    }
    for (const option of FUTURE_SCAN_OPTIONS)
      for (const spelling of spellings(option)) assert.ok(!offered('scan', '-').includes(spelling), spelling)
  })
  test('values after an option, after = and glued', () => {
    assert.deepEqual(offered('scan', '--color', 'a'), ['auto', 'always'])
    assert.deepEqual(offered('scan', '--color=a'), ['auto', 'always'])
    assert.equal(complete(['scan', '--color=a']).prefix, '--color=')
    assert.ok(offered('scan', '-T').includes('-T4'))
    assert.ok(offered('scan', '-T', '').includes('polite'))
  })
  test('files, hosts, shells and topics where they belong', () => {
    assert.equal(complete(['scan', '-oX', 'o']).also, 'files')
    assert.equal(complete(['scan', '--scope=']).also, 'files')
    assert.equal(complete(['scan', '']).also, 'hosts')
    assert.equal(complete(['scan', '--', '-']).also, 'hosts')
    assert.deepEqual(offered('completion', ''), [...SHELLS])
    assert.deepEqual(offered('completion', 'bash', ''), [])
    assert.deepEqual(offered('scope', ''), ['check', 'explain', 'init'])
    assert.deepEqual(offered('scope', '--scope', 'f', 'ch'), ['check'])
    assert.equal(complete(['scope', 'check', '']).also, 'hosts')
    assert.ok(offered('help', 'st').includes('states'))
  })
})

test('the scripts are printed for every shell and for no other word', () => {
  for (const shell of SHELLS) {
    const { status, stdout, stderr } = portolan(['completion', shell])
    assert.deepEqual([status, stderr], [0, ''])
    assert.match(
      stdout,
      new RegExp(`portolan completion --complete ${shell}|"\\$command" completion --complete ${shell}`),
    )
  }
  assert.match(portolan(['completion', 'zhs']).stderr, /did you mean zsh\?\n$/)
  assert.match(portolan(['completion']).stderr, /no shell given; one of bash, zsh, fish, powershell/)
})

describe('in bash', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-completion-'))
    const command = `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`
    writeFileSync(join(folder, 'portolan'), command, { mode: 0o755 })
    writeFileSync(join(folder, 'script.bash'), portolan(['completion', 'bash']).stdout)
    writeFileSync(join(folder, 'results one.xml'), '')
    writeFileSync(join(folder, 'results.txt'), '')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** COMPREPLY for words as bash splits them at COMP_WORDBREAKS. */
  function reply(...words: readonly string[]): string[] {
    const code = [
      'source ./script.bash',
      '[ "$(complete -p portolan)" = "complete -F _portolan portolan" ] || exit 9',
      'COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))',
      '_portolan "$1" "${!#}" "${@:$#-1:1}"',
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join('\n')
    const { status, stdout, stderr, error } = spawnSync(
      'bash',
      ['--norc', '-c', code, 'bash', 'portolan', ...words],
      {
        cwd: folder,
        env: cleanEnvironment({ PATH: `${folder}:${process.env['PATH'] ?? ''}` }),
        encoding: 'utf8',
        timeout: 60_000,
      },
    )
    assert.equal(error, undefined)
    assert.equal(stderr, '')
    assert.equal(status, 0)
    return stdout.split('\n').filter((line) => line !== '')
  }

  test('commands and options are completed', () => {
    assert.deepEqual(reply('do'), ['doctor'])
    assert.deepEqual(reply('scan', '--ac'), ['--accessible'])
    assert.deepEqual(reply('scan', '127.0.0.1', '--max-ra'), ['--max-rate'])
  })
  test('a value after = is completed without what stands before it', () => {
    assert.deepEqual(reply('scan', '--color', '=', 'al'), ['always'])
    assert.deepEqual(reply('scan', '--color', '='), ['auto', 'always', 'never'])
  })
  test('file names are completed, blanks in them kept', () => {
    assert.deepEqual(reply('scan', '-oX', 'resu').toSorted(), ['results one.xml', 'results.txt'])
    assert.deepEqual(reply('scan', '--scope', '=', 'results.').toSorted(), ['results.txt'])
  })
})
