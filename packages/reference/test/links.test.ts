import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const api = fileURLToPath(new URL('../../../docs/api', import.meta.url))

test('every link of the reference leads to a page and a heading of it, by the names that GitHub gives them', () => {
  const pages = new Map(
    globSync('**/*.md', { cwd: api }).map((file) => [file, readFileSync(join(api, file), 'utf8')]),
  )
  const anchors = new Map([...pages].map(([file, text]) => [file, anchorsOf(text)]))
  let links = 0
  for (const [file, text] of pages)
    for (const [, target = ''] of proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      links++
      const [path = '', anchor] = target.split('#')
      const known = anchors.get(path === '' ? file : normalize(join(dirname(file), path)))
      assert.ok(known !== undefined, `${file}: ${target} is no page`)
      assert.ok(anchor === undefined || known.has(anchor), `${file}: ${target} is no heading`)
    }
  assert.ok(links > 100, `only ${links} links were found`)
})

/** Lower case, without punctuation, blanks as hyphens; the same name again gets a number. */
function anchorsOf(text: string): Set<string> {
  const found = new Set([...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = '']) => id))
  const times = new Map<string, number>()
  for (const [, heading = ''] of proseOf(text).matchAll(/^#{1,6} (.*)$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/\\(.)/g, '$1')
    const name = plain
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-')
    const before = times.get(name) ?? 0
    times.set(name, before + 1)
    found.add(before === 0 ? name : `${name}-${before}`)
  }
  return found
}

function proseOf(text: string): string {
  return text.replaceAll(/```[\s\S]*?```/g, '')
}
