/** Python's socket module as the foreign peer: a child process that runs the statements it is sent, one line each. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

// Each line is JSON { code, values }; the answer is JSON { out } or { error, errno }. No call in it waits for ever.
const SERVANT = `
import errno, hashlib, json, os, socket, struct, sys
socket.setdefaulttimeout(30)
space = dict(errno=errno, hashlib=hashlib, os=os, socket=socket, struct=struct, sys=sys)
def plain(value):
    if isinstance(value, (bytes, bytearray)): return value.hex()
    raise TypeError(repr(value))
def receive_exactly(s, count):
    parts = []
    while count > 0:
        part = s.recv(min(count, 1 << 20))
        if not part: break
        parts.append(part); count -= len(part)
    return b''.join(parts)
space['receive_exactly'] = receive_exactly
for line in sys.stdin:
    request = json.loads(line)
    space.update(request['values']); space['out'] = None
    try:
        exec(request['code'], space)
        answer = dict(out=space['out'])
    except OSError as e:
        answer = dict(error=type(e).__name__, errno=e.errno, text=str(e))
    except Exception as e:
        answer = dict(error=type(e).__name__, text=str(e))
    print(json.dumps(answer, default=plain), flush=True)
`

export class PythonPeer implements AsyncDisposable {
  readonly #child = spawn('python3', ['-u', '-c', SERVANT], { stdio: ['pipe', 'pipe', 'inherit'] })
  readonly #lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  readonly #exited = once(this.#child, 'exit')

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Runs statements; what they leave in `out` comes back, bytes as hexadecimal. One at a time. */
  async run(code: string, values: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify({ code, values })}\n`)
    const line = await this.#lines.next()
    if (line.done === true) throw new Error('Python has ended')
    const answer: unknown = JSON.parse(line.value)
    if (typeof answer !== 'object' || answer === null) throw new TypeError(line.value)
    if ('error' in answer) throw new PythonError(line.value)
    return 'out' in answer ? answer.out : undefined
  }

  async number(code: string, values: Readonly<Record<string, unknown>> = {}): Promise<number> {
    const out = await this.run(code, values)
    if (typeof out !== 'number') throw new TypeError(`Not a number: ${JSON.stringify(out)}`)
    return out
  }

  async text(code: string, values: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const out = await this.run(code, values)
    if (typeof out !== 'string') throw new TypeError(`Not a text: ${JSON.stringify(out)}`)
    return out
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end()
    const killer = setTimeout(() => void this.#child.kill('SIGKILL'), 2000)
    await this.#exited
    clearTimeout(killer)
  }
}

/** An exception in Python; the message is its JSON: `{"error": …, "errno": …}`. */
export class PythonError extends Error {}
