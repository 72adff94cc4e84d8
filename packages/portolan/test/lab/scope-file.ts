/** A scope file for the lab's addresses, for as long as a scan takes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { renderScopeFile } from '../../src/scan/scope/render-scope-file.ts'

const DAY_MS = 86_400_000

export async function withScopeFile<T>(use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'portolan-scope-'))
  try {
    const file = join(folder, 'scope.yaml')
    const day = (offset: number): string => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10)
    await writeFile(
      file,
      renderScopeFile({
        include: ['198.18.0.0/15', '2001:2::/48'],
        owner: 'lab',
        contact: 'lab@example.org',
        reference: 'own namespaces',
        validFrom: day(-1),
        validUntil: day(1),
      }),
    )
    return await use(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}
