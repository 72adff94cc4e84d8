import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { differingFiles } from '../src/differing-files.ts'

test('pages that are missing, left over or changed are named; equal ones are not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-differing-'))
  try {
    for (const [path, text] of [
      ['here/same.md', 'a'],
      ['here/sub/changed.md', 'a'],
      ['here/left-over.md', 'a'],
      ['there/same.md', 'a'],
      ['there/sub/changed.md', 'b'],
      ['there/sub/missing.md', 'a'],
    ] as const) {
      mkdirSync(join(folder, path, '..'), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    assert.deepEqual(differingFiles(join(folder, 'here'), join(folder, 'there')), [
      'left-over.md',
      'sub/changed.md',
      'sub/missing.md',
    ])
    assert.deepEqual(differingFiles(join(folder, 'nowhere'), join(folder, 'here/sub')), ['changed.md'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
