/** A lab leaves nothing behind, whatever ends it. Needs root, as the lab does. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectTo } from '../../../../lab/foreign-client.ts'
import { createLab, type HostSpec, type Lab, type LabSpec } from '../../../../lab/lab.ts'

const LAB = new URL('../../../../lab/', import.meta.url)
const RUN_DIRECTORY = '/var/run/netns'

const WEB: HostSpec = {
  addresses: ['198.18.0.10', '2001:2::10'],
  ports: { 21: { kind: 'accept' }, 25: { kind: 'full-backlog' } },
}
const WALL: HostSpec = {
  addresses: ['198.18.0.20'],
  ports: { '1-50': { kind: 'silent' } },
  firewall: [{ ports: '1-9', action: 'drop' }],
}
const SPEC: LabSpec = { hosts: { web: WEB, wall: WALL } }

after(() => assert.deepEqual(namespacesWith(`ptl-${process.pid}-`), [], 'namespaces left behind'))

function exists(namespace: string): boolean {
  return existsSync(`${RUN_DIRECTORY}/${namespace}`)
}

function namespacesWith(prefix: string): string[] {
  return exists('') ? readdirSync(RUN_DIRECTORY).filter((name) => name.startsWith(prefix)) : []
}

function pidsIn(namespace: string): number[] {
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })
  return pids.split('\n').filter(Boolean).map(Number)
}

/** Whether a process runs; a zombie that nobody reaps does not. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let attempt = 0; attempt < 800; attempt++) {
    if (condition()) return
    await sleep(25)
  }
  assert.fail(`not within 20 s: ${what}`)
}

/** Runs TypeScript in a process of its own, with `createLab` imported. */
function owner(body: string): ChildProcess {
  const source = `import { createLab } from ${JSON.stringify(new URL('lab.ts', LAB).href)}\n${body}`
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

async function outputOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  await until(() => pattern.test(text) || child.exitCode !== null, `output like ${pattern}`)
  assert.match(text, pattern)
  return text
}

/** Every namespace of a lab, the middle one too. */
function namespacesOf(lab: Lab): string[] {
  return namespacesWith(lab.scanner.namespace.replace(/scanner$/, ''))
}

/** The janitor is the owner's child that runs janitor.py. */
function janitors(): number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
  return children
    .split(' ')
    .filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('janitor.py'))
    .map(Number)
}

describe('a lab is taken down', () => {
  test('after an exception, with its servers and what runs in it, and no other lab with it', async () => {
    await using other = await createLab({ hosts: { web: WEB } })
    let names: string[] = []
    let pids: number[] = []
    let program: ReturnType<Lab['run']> | undefined
    const thrown = new Error('the test fails here')
    await assert.rejects(async () => {
      await using lab = await createLab(SPEC)
      names = namespacesOf(lab)
      program = lab.run(['sh', '-c', 'sleep 1000 & sleep 1000'])
      await until(() => pidsIn(lab.scanner.namespace).length === 3, 'sh and two sleeps run')
      pids = names.flatMap(pidsIn)
      throw thrown
    }, thrown)
    assert.deepEqual([names.length, pids.length], [4, 5])
    assert.deepEqual(names.filter(exists), [])
    assert.deepEqual(pids.filter(runs), [])
    assert.equal((await program)?.signal, 'SIGKILL')
    assert.deepEqual(await connectTo(other, [{ address: '198.18.0.10', port: 21 }]), [['connected', 'end']])
  })

  test('where the kernel refuses a part of it, naming the part', async () => {
    const host = { addresses: ['198.18.0.10'], ranges: ['198.18.129.5/17'] }
    await assert.rejects(createLab({ hosts: { a: host } }), {
      name: 'LabError',
      message: /^the lab could not be built: 'ip route add .*198\.18\.129\.5\/17.*': .+$/,
    })
    assert.deepEqual(namespacesWith(`ptl-${process.pid}-`), [])
  })

  test('by close, which may be called again', async () => {
    const lab = await createLab({ hosts: {} })
    const names = namespacesOf(lab)
    assert.equal(names.length, 2)
    await lab.close()
    await lab.close()
    assert.deepEqual(names.filter(exists), [])
  })

  test('by close although the janitor itself was killed', async () => {
    const before = janitors()
    const lab = await createLab({ hosts: { wall: WALL } })
    const names = namespacesOf(lab)
    const pids = names.flatMap(pidsIn)
    assert.deepEqual([names.length, pids.length], [3, 1])
    const [janitor = 0, ...more] = janitors().filter((pid) => !before.includes(pid))
    assert.ok(janitor > 0 && more.length === 0)
    process.kill(janitor, 'SIGKILL')
    await lab.close()
    assert.deepEqual(names.filter(exists), [])
    assert.deepEqual(pids.filter(runs), [])
  })

  const endings: readonly (readonly [string, string, (child: ChildProcess) => void])[] = [
    ['its owner is killed by SIGKILL', 'setInterval(() => {}, 1000)', (child) => void child.kill('SIGKILL')],
    [
      'its owner runs to its end without closing it',
      'process.stdin.once("data", () => process.stdin.destroy())',
      (child) => void child.stdin?.write('.'),
    ],
    [
      'its owner calls process.exit',
      'process.stdin.once("data", () => process.exit(1))',
      (child) => void child.stdin?.write('.'),
    ],
  ]
  for (const [when, body, end] of endings)
    test(`when ${when}`, async () => {
      const child = owner(
        `const lab = await createLab(${JSON.stringify(SPEC)})\n${body}\nconsole.log(lab.scanner.namespace)`,
      )
      try {
        await outputOf(child, /-scanner\n/)
        const names = namespacesWith(`ptl-${child.pid}-`)
        const pids = names.flatMap(pidsIn)
        assert.deepEqual([names.length, pids.length], [4, 2])
        end(child)
        await until(() => !names.some(exists), 'namespaces gone')
        await until(() => !pids.some(runs), 'servers gone')
      } finally {
        child.kill('SIGKILL')
      }
    })

  test('when its owner is killed while it is being built', async () => {
    for (const milliseconds of [20, 60, 120, 200, 300]) {
      const child = owner(
        `console.log('building'); await createLab(${JSON.stringify(SPEC)}); setInterval(() => {}, 1000)`,
      )
      try {
        await outputOf(child, /building/)
        await sleep(milliseconds)
      } finally {
        child.kill('SIGKILL')
      }
      await until(() => namespacesWith(`ptl-${child.pid}-`).length === 0, 'namespaces gone')
    }
  })
})

test('a program that outlives its time limit is killed, and says so', async () => {
  await using lab = await createLab({ hosts: {} })
  await assert.rejects(lab.run(['sleep', '1000'], { timeoutMs: 100 }), {
    name: 'LabError',
    message: /'ip netns exec ptl-.* sleep 1000' did not end within 100 ms/,
  })
  await until(() => pidsIn(lab.scanner.namespace).length === 0, 'sleep gone')
  const { stdout, code } = await lab.run(['sh', '-c', 'cat; exit 3'], { input: 'in' })
  assert.deepEqual([stdout, code], ['in', 3])
})

test('without root there is one line that says so', async () => {
  const child = owner(
    `process.seteuid(65534); await createLab({ hosts: {} }).catch((error) => console.log(error.name, error.message))`,
  )
  assert.match(await outputOf(child, /\n/), /^LabError a lab needs root, .*sudo\n$/)
})

describe('npm run lab', () => {
  for (const [how, end] of [
    ['Ctrl-C', (child: ChildProcess) => child.kill('SIGINT')],
    ['the end of input', (child: ChildProcess) => child.stdin?.end()],
  ] as const)
    test(`builds a lab that can be scanned, until ${how}`, async () => {
      const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', LAB))], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      try {
        const text = await outputOf(child, /takes it down/)
        const [, scanner = '', scope = ''] =
          /ip netns exec (\S+) npx portolan scan --scope (\S+) 198/.exec(text) ?? []
        assert.match(
          readFileSync(scope, 'utf8'),
          /^version: 1\n[^]*include: \[198\.18\.0\.0\/15, '2001:2::\/48'\]\nmethods: \[connect\]\n$/,
        )
        const argv = [
          'netns',
          'exec',
          scanner,
          'nmap',
          '-sT',
          '-n',
          '-Pn',
          '-oG',
          '-',
          '-p22,23',
          '198.18.0.10',
        ]
        assert.match(execFileSync('ip', argv, { encoding: 'utf8' }), /Ports: 22\/open\/.*23\/closed\//)
        end(child)
        await until(() => child.exitCode !== null, 'the process has ended')
        assert.equal(child.exitCode, 0)
        assert.deepEqual(namespacesWith(`ptl-${child.pid}-`), [])
        assert.equal(existsSync(scope), false)
      } finally {
        child.kill('SIGKILL')
      }
    })
})
