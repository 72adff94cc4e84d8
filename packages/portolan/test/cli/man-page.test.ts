import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { COMMANDS } from '../../src/cli/commands.ts'
import { TOPICS } from '../../src/cli/help-topics.ts'
import { manPage } from '../../src/cli/man-page.ts'
import { visibleOptions } from '../../src/cli/options.ts'
import { VERSION } from '../../src/scan/version.ts'

const page = manPage(VERSION)

/** What groff makes of the page, or undefined where it is not installed. */
function formatted(): { text: string; complaints: string } | undefined {
  const { error, stdout, stderr, status } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-cbou'], {
    input: page,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return undefined
  return { text: stdout.replaceAll(/\s+/g, ' '), complaints: stderr + (status === 0 ? '' : `exit ${status}`) }
}

test('groff formats the manual without a complaint, every option and topic readable in it', (t) => {
  const result = formatted()
  if (result === undefined) return t.skip('groff is not installed (Debian package groff-base)')
  const { text, complaints } = result
  assert.equal(complaints, '')
  for (const { name, options } of COMMANDS) {
    assert.ok(text.includes(`portolan ${name}`), name)
    for (const option of visibleOptions(options))
      for (const long of option.long) assert.ok(text.includes(`--${long}`), long)
  }
  for (const topic of TOPICS)
    for (const part of topic.body)
      if (typeof part === 'string') assert.ok(text.includes(part.replaceAll(/\s+/g, ' ')), part)
  assert.ok(text.includes("portolan ports 'http*'"))
})

test('hyphens, quotes and leading dots reach the reader as they are', () => {
  for (const line of page.split('\n')) {
    if (line.startsWith('.')) assert.match(line, /^\.(?:TH|SH|SS|TP|PP|BR?|br|nh|ad)\b/, line)
    else assert.doesNotMatch(line, /^'/, line)
    assert.doesNotMatch(
      line.replaceAll(/\\[-e&]|\\\([a-z]{2}|\\f[BIR]/g, '').replace(/^\.TH.*/, ''),
      /[-\\`^~…]/,
      line,
    )
  }
})

test('the committed manual is the generated one', () => {
  assert.equal(readFileSync(new URL('../../man/portolan.1', import.meta.url), 'utf8'), page)
})
