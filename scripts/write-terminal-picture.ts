/**
 * Writes docs/scan.svg: the main job in a real terminal (tmux), in a network namespace of its own, so that what listens
 * is known and the picture can be made again anywhere. Needs root, iproute2, tmux and python3.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const COLUMNS = 92
const ROWS = 17
const LISTENERS = [22, 80, 443, 5432, 6379, 8080]
const COMMAND = 'npx portolan scan -p- 127.0.0.1'

const root = fileURLToPath(new URL('..', import.meta.url))
writeFileSync(join(root, 'docs/scan.svg'), svgOf(await screen()))

/** The screen after the command has ended, with its colours as SGR sequences (ECMA-48). */
async function screen(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-picture-'))
  const tmux = (...words: string[]): string =>
    execFileSync('tmux', ['-S', join(folder, 'tmux'), ...words], { cwd: root, encoding: 'utf8' })
  const serve = `import socket,time
for port in ${JSON.stringify(LISTENERS)}: socket.create_server(("127.0.0.1", port), backlog=64).detach()
time.sleep(60)`
  const shell = `ip link set lo up; python3 -c '${serve}' & sleep 1; cd '${root}'; npm_config_loglevel=error PS1='$ ' exec bash --norc --noprofile`
  try {
    tmux('new-session', '-d', '-x', String(COLUMNS), '-y', String(ROWS), 'unshare', '-n', 'bash', '-c', shell)
    await sleep(2000)
    tmux('send-keys', `clear; ${COMMAND}`, 'Enter')
    await sleep(5000)
    const lines = tmux('capture-pane', '-p', '-e').split('\n')
    while (lines.at(-1)?.trim() === '') lines.pop()
    // The line that was typed has scrolled off with `clear`; what a reader should see is the command.
    return [`$ ${COMMAND}`, ...lines.slice(0, -1)]
  } finally {
    tmux('kill-server')
    rmSync(folder, { recursive: true })
  }
}

function svgOf(lines: readonly string[]): string {
  const [charWidth, lineHeight, margin] = [8.4, 19, 16]
  const width = Math.ceil(COLUMNS * charWidth + 2 * margin)
  const height = lines.length * lineHeight + 2 * margin
  const rows = lines.map((line, index) => {
    const y = margin + (index + 0.75) * lineHeight
    return `<text x="${margin}" y="${y}" xml:space="preserve">${spansOf(line)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="portolan scan in a terminal">
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9}.b{font-weight:bold}.g{fill:#a3be8c}.r{fill:#bf616a}.y{fill:#ebcb8b}</style>
<rect width="100%" height="100%" rx="8" fill="#242933"/>
${rows.join('\n')}
</svg>
`
}

/** Bold, green, red and yellow are what the table uses; anything else that switches something on is an error. */
function spansOf(line: string): string {
  const classes: Readonly<Record<string, string>> = { '1': 'b', '31': 'r', '32': 'g', '33': 'y' }
  let open = ''
  // Each part but the first begins with the parameters of a Select Graphic Rendition and its final byte, m.
  const [first = '', ...parts] = line.split('\u001b[')
  const spans = parts.map((part) => {
    const end = part.indexOf('m')
    const names = part
      .slice(0, end)
      .split(';')
      .map((code) => classes[code] ?? '')
    open = names.filter((name) => name !== '').join(' ')
    const text = escaped(part.slice(end + 1))
    return open === '' || text === '' ? text : `<tspan class="${open}">${text}</tspan>`
  })
  return [escaped(first), ...spans].join('').trimEnd()
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
