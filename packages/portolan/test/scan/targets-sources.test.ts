import assert from 'node:assert/strict'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readTargetWords } from '../../src/scan/targets/sources.ts'
import { TargetFileError } from '../../src/scan/targets/target-errors.ts'

async function wordsOf(
  file: string,
  stdin?: AsyncIterable<Uint8Array | string>,
): Promise<[word: string, line: number][]> {
  const words: [string, number][] = []
  for await (const { word, source } of readTargetWords(file, stdin)) words.push([word, source.line])
  return words
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

describe('a list of targets', () => {
  test('is separated by blanks and line ends, with # comments, however it is cut into chunks', async () => {
    const text = '\ufeff10.0.0.1 10.0.0.2\t10.0.0.3\r\n# all of it\n\n  bücher.example#not this\nlast'
    const expected = [
      ['10.0.0.1', 1],
      ['10.0.0.2', 1],
      ['10.0.0.3', 1],
      ['bücher.example', 4],
      ['last', 5],
    ]
    for (const size of [1, 2, 3, 7, 1000])
      assert.deepEqual(await wordsOf('-', chunksOf(Buffer.from(text), size)), expected)
  })

  test('is read from a file', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'portolan-'))
    const file = join(folder.path, 'hosts.txt')
    await writeFile(file, '127.0.0.1\n::1\n')
    assert.deepEqual(await wordsOf(file), [
      ['127.0.0.1', 1],
      ['::1', 2],
    ])
  })

  test('is refused where it is missing, a folder, binary, or one endless line', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'portolan-'))
    const binary = join(folder.path, 'utf16.txt')
    await writeFile(binary, Buffer.from('10.0.0.1\n\xff\xfe', 'latin1'))
    const cases: [string, RegExp][] = [
      [join(folder.path, 'missing'), /missing: cannot be read \(ENOENT\); /],
      [folder.path, /cannot be read \(EISDIR\); /],
      [binary, /utf16\.txt: not UTF-8 text, near line \d; /],
    ]
    for (const [file, says] of cases)
      await assert.rejects(
        () => wordsOf(file),
        (error) => error instanceof TargetFileError && says.test(error.message),
      )
    async function* endless(): AsyncGenerator<string> {
      yield 'fine\n'
      for (;;) yield 'x'.repeat(100)
    }
    await assert.rejects(
      () => wordsOf('-', endless()),
      /^TargetFileError: stdin:2: the line is longer than 4096/,
    )
    assert.equal((await wordsOf('-', chunksOf(Buffer.from(`${'x'.repeat(4096)}\n`), 50))).length, 1)
  })
})
