import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readModel } from '../src/model.ts'
import { omissions } from '../src/omissions.ts'

const SOURCE = `
interface Waiting { readonly signal?: AbortSignal }
interface AbortSignal { readonly aborted: boolean }

/** Receives bytes: recv(2). Abort-safe. @throws Error where it cannot */
export function whole(length: number, options?: Waiting): void {}

export function bare(): void {}

/** Receives: recv(2). @throws Error where it cannot */
export function silentOnAbort(options?: Waiting): void {}

/** Receives, as \`recv(2)\` shows. Never throws. */
export function sourceInCodeOnly(): void {}

/** Waits: poll(2). */
export function silentOnErrors(): void {}

/** Waits: poll(2). Never throws. */
export function silentOnUnit(timeout: number): void {}

/** {@link whole} without waiting. */
export function variation(length: number): void {}

/** A thing of Portolan's own. */
export class Own {
  /** Does it. Never throws. */
  quiet(): void {}
  loud(): void {}
  [Symbol.iterator](): void {}
  private hidden(): void {}
}

export interface Fields {
  readonly idleTimeout: number
  /** Milliseconds. */
  readonly connectTimeout: number
  readonly bytes: number
}
`

test('every omission of a comment is found where it is, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-omissions-'))
  try {
    writeFileSync(join(folder, 'fixture.ts'), SOURCE)
    writeFileSync(join(folder, 'unasked.ts'), 'export function nobodyAsks(): void {}\n')
    writeFileSync(join(folder, 'package.json'), '{ "name": "fixture", "type": "module" }')
    const tsconfig = join(folder, 'tsconfig.json')
    writeFileSync(tsconfig, '{ "compilerOptions": { "module": "nodenext", "strict": true, "types": [] } }')

    const files = ['fixture.ts', 'unasked.ts'].map((name) => join(folder, name))
    const model = await readModel(files, tsconfig)
    const lines = SOURCE.split('\n')
    const found = omissions(model, ['fixture']).map(({ path, line, name, missing }) => {
      assert.ok(path.endsWith('/fixture.ts'), path)
      const member = name.split('.').at(-1) ?? ''
      assert.ok(lines[line - 1]?.includes(member), `${name} is not in line ${line}`)
      return `${name}: ${missing.replace(/ \(.*/, '')}`
    })

    assert.deepEqual(found, [
      'bare: a description',
      'bare: its source',
      'bare: its errors',
      'silentOnAbort: whether it is abort-safe',
      'sourceInCodeOnly: its source',
      'silentOnErrors: its errors',
      'silentOnUnit: the unit of timeout',
      'Own.loud: a description',
      'Own.loud: its errors',
      'Fields.idleTimeout: the unit of idleTimeout',
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
