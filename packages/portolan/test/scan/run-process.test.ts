import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { PortEvent, ScanEvent, ScanFinished, ScanOptions, ScanProgress } from '../../src/scan.ts'
import { listenInPython } from './listeners.ts'
import { DRIVERS } from './scan-run.ts'

const PROGRAM = fileURLToPath(new URL('./scan-process.ts', import.meta.url))

type Line = ScanEvent | ({ readonly type: 'progress' } & ScanProgress)

interface ProcessRun {
  readonly status: unknown
  readonly signal: unknown
  readonly lines: readonly Line[]
  readonly finished: ScanFinished | undefined
}

interface ProcessOptions {
  readonly scan: ScanOptions & { readonly leaveAfter?: number }
  /** Limit of descriptors, hard and soft */
  readonly descriptors?: number
  readonly onLine?: (line: Line, child: ChildProcessByStdio<null, Readable, null>) => void
}

/** A scan in a process of its own, to its end; that comes in any case, since the process is killed after a minute. */
async function runProcess({ scan, descriptors, onLine }: ProcessOptions): Promise<ProcessRun> {
  const command = [process.execPath, '--conditions=source', PROGRAM, JSON.stringify(scan)]
  const [program = '', ...words] =
    descriptors === undefined ? command : ['prlimit', `--nofile=${descriptors}:${descriptors}`, ...command]
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  const exited = once(child, 'exit')
  const lines: Line[] = []
  for await (const text of createInterface({ input: child.stdout })) {
    const line: Line = JSON.parse(text)
    lines.push(line)
    onLine?.(line, child)
  }
  const [status, signal]: unknown[] = await exited
  return { status, signal, lines, finished: lines.find((line) => line.type === 'scan.finished') }
}

function openPorts(lines: readonly Line[]): number[] {
  return lines
    .filter((line): line is PortEvent => line.type === 'port' && line.state === 'open')
    .map(({ port }) => port)
    .sort((a, b) => a - b)
}

for (const driver of DRIVERS)
  describe(`a process that scans with the ${driver} driver`, { concurrency: true }, () => {
    test('finds every port with 40 descriptors', { timeout: 90_000 }, async () => {
      const host = driver === 'kernel' ? '127.91.0.1' : '127.91.0.2'
      await using listeners = await listenInPython(
        Array.from({ length: 25 }, () => ({ host, port: 0, manner: 'close' as const })),
      )
      const bound = listeners.ports.filter((port) => port !== null).sort((a, b) => a - b)
      const { lines, finished, status } = await runProcess({
        scan: { targets: [host], ports: `1-1000,${bound.join(',')}`, driver },
        descriptors: 40,
      })
      assert.equal(status, 0)
      assert.deepEqual(
        lines.filter((line) => line.type === 'warning'),
        [],
      )
      assert.deepEqual([finished?.unknown, finished?.filtered, finished?.exit, finished?.loss], [0, 0, 0, 0])
      const found = openPorts(lines)
      assert.deepEqual(
        bound.filter((port) => !found.includes(port)),
        [],
      )
    })

    test('ends when its loop is left early', { timeout: 90_000 }, async () => {
      // 100,000 probes at 100 a second: a thread that went on would go on for a quarter of an hour.
      const { status, signal, finished, lines } = await runProcess({
        scan: {
          targets: ['127.0.0.1-2'],
          ports: '1-50000',
          rate: 100,
          allStates: true,
          leaveAfter: 3,
          driver,
        },
      })
      assert.deepEqual([status, signal, finished], [0, null, undefined])
      assert.equal(lines.filter(({ type }) => type !== 'progress').length, 3)
    })

    test(
      'tells the truth after it was stopped for three seconds in the middle',
      { timeout: 90_000 },
      async () => {
        const host = driver === 'kernel' ? '127.91.0.3' : '127.91.0.4'
        const manners = ['close', 'reset', 'close', 'close', 'full'] as const
        await using listeners = await listenInPython(manners.map((manner) => ({ host, port: 0, manner })))
        const bound = listeners.ports.filter((port) => port !== null)
        const full = bound.at(-1) ?? 0
        let stopped: Promise<void> | undefined
        const { lines, finished } = await runProcess({
          scan: {
            targets: [host],
            ports: `1-30000,${bound.join(',')}`,
            rate: 15_000,
            allStates: true,
            driver,
          },
          onLine: (line, child) => {
            if (stopped !== undefined || line.type !== 'progress' || line.done === 0) return
            assert.ok(line.done < line.probes, 'the middle')
            child.kill('SIGSTOP')
            stopped = sleep(3000).then(() => void child.kill('SIGCONT'))
          },
        })
        assert.ok(stopped !== undefined)
        await stopped
        const found = openPorts(lines)
        assert.deepEqual(
          bound.filter((port) => port !== full && !found.includes(port)),
          [],
        )
        const filtered = lines.filter(
          (line): line is PortEvent => line.type === 'port' && line.state === 'filtered',
        )
        assert.deepEqual(
          filtered.map(({ port }) => port),
          [full],
        )
        assert.deepEqual([finished?.unknown, finished?.exit], [0, 0])
        assert.equal(finished?.loss, 0, 'nobody lost a packet while the process slept')
      },
    )
  })
