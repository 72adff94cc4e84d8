/** A C program compiled against this machine's headers: the truth about constants and layouts. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why the tests that compile are skipped; false where they are not. */
export const noCompiler: string | false =
  spawnSync('cc', ['--version']).status === 0
    ? false
    : 'cc is not installed (Debian packages gcc and libc6-dev)'

const HEADERS = [
  'errno.h',
  'stddef.h',
  'stdio.h',
  'sys/socket.h',
  'sys/epoll.h',
  'sys/resource.h',
  'sys/un.h',
  'sys/mman.h',
  'netinet/in.h',
  'netinet/tcp.h',
  'netdb.h',
  'fcntl.h',
]

/** Values of C expressions, as long long. */
export function evaluateInC(expressions: readonly string[], headers: readonly string[] = HEADERS): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-cc-'))
  try {
    const source = [
      '#define _GNU_SOURCE',
      ...headers.map((header) => `#include <${header}>`),
      'int main(void) {',
      ...expressions.map((expression) => `  printf("%lld\\n", (long long)(${expression}));`),
      '  return 0;',
      '}',
    ].join('\n')
    writeFileSync(join(folder, 'truth.c'), source)
    execFileSync('cc', ['-o', join(folder, 'truth'), join(folder, 'truth.c')], { stdio: 'pipe' })
    const lines = execFileSync(join(folder, 'truth')).toString().trim().split('\n')
    return lines.map(Number)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Names of all macros without parameters that headers define. */
export function macrosOf(headers: readonly string[]): string[] {
  const source = ['#define _GNU_SOURCE', ...headers.map((header) => `#include <${header}>`), ''].join('\n')
  const text = execFileSync('cc', ['-dM', '-E', '-'], { input: source, maxBuffer: 1 << 26 }).toString()
  return Array.from(text.matchAll(/^#define (\w+) /gm), ([, name = '']) => name)
}
