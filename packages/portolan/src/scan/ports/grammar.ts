/**
 * The port grammar of `-p` and `--exclude-ports`, nmap's as its users know it:
 *
 *     spec  := item ("," item)* [","]              blanks around items are free
 *     item  := [("T" | "U") ":"] (range | mask | "[" spec "]")
 *     range := n | n "-" | "-" n | "-" | n "-" m   a missing left end is 1, a missing right end 65535
 *     mask  := a service name, with "*" for any characters and "?" for one: http*
 *
 * A letter holds until the next one; inside brackets it ends with them. Without a letter an item means every
 * protocol of the scan. Brackets keep only ports that have a name, and do not nest. Port 0 is never meant by an
 * open range.
 */
import type { Protocol } from '../states.ts'
import { explainBadWord } from './misspelling.ts'
import { LAST_PORT, PortSet } from './port-set.ts'
import { isNamed } from './registry.ts'
import { findServices } from './service-search.ts'
import { PortSyntaxError } from './syntax-error.ts'

const FIRST_PORT = 1 // of an open range; 0 only when asked for

const LETTERS: Readonly<Record<string, Protocol>> = { T: 'tcp', U: 'udp' }
const LETTER_OF: Readonly<Record<Protocol, string>> = { tcp: 'T', udp: 'U' }
const SCAN_OF: Readonly<Record<Protocol, string>> = { tcp: '-sT', udp: '-sU' }

/**
 * Reads a port specification.
 *
 * @param options.protocols what is being scanned; only their ports are in the result. Items under the letter of
 *   another protocol are left out with a warning. For exclusions give all protocols.
 * @returns the ports, at least one, and warnings of one line each.
 * @throws PortSyntaxError if the text is outside the grammar, names no known service, or leaves no port.
 */
export function parsePorts(
  spec: string,
  options: { readonly protocols: readonly Protocol[] },
): { ports: PortSet; warnings: string[] } {
  return new Parser(spec, options.protocols).parse()
}

class Parser {
  readonly #spec: string
  readonly #protocols: readonly Protocol[]
  readonly #wanted = { tcp: new Uint8Array(LAST_PORT + 1), udp: new Uint8Array(LAST_PORT + 1) }
  readonly #masks = new Map<string, ReturnType<typeof findServices>>()
  readonly #leftOut = new Set<Protocol>()
  readonly #nameless: string[] = []
  #repeated: { port: number; item: string; position: number } | undefined
  #at = 0
  /** The letter in force; undefined means every protocol of the scan. */
  #letter: Protocol | undefined
  /** Where the open bracket stands, while inside one. */
  #bracket: number | undefined

  constructor(spec: string, protocols: readonly Protocol[]) {
    this.#spec = spec
    this.#protocols = protocols
  }

  parse(): { ports: PortSet; warnings: string[] } {
    if (this.#spec.trim() === '') this.#fail('no port is given', 0, 0, 'write ports such as 22,80,8000-8100')
    this.#list()
    const ports = new PortSet({ tcp: marked(this.#wanted.tcp), udp: marked(this.#wanted.udp) })
    if (ports.size === 0) this.#fail('no port is left', 0, this.#spec.length, this.#emptyHint())
    return { ports, warnings: this.#warnings() }
  }

  /** A spec, up to the end of the text or, inside brackets, up to and with the closing one. */
  #list(): void {
    for (;;) {
      this.#item()
      this.#skipBlanks()
      if (this.#peek() === ',') {
        this.#at++
        this.#skipBlanks()
        if (!this.#isEnd()) continue
      }
      if (this.#isEnd()) break
      if (this.#peek() === ']') this.#failWord()
      const hint = 'items need a comma between them, and ranges no blanks'
      this.#fail('follows without a comma', this.#at, this.#wordEnd(), hint)
    }
    if (this.#bracket === undefined) return
    if (this.#peek() !== ']') this.#failUnclosed()
    this.#at++
  }

  #item(): void {
    this.#skipBlanks()
    const start = this.#at
    if (start === this.#spec.length) this.#failUnclosed()
    if (this.#peek() === ',') this.#fail('has no port before it', start, start + 1, 'take one comma out')
    if (this.#isEnd()) this.#fail('has no port before it', start, start + 1, 'put ports between the brackets')
    if (this.#spec[start + 1] === ':') {
      const letter = LETTERS[this.#peek()]
      if (letter === undefined) this.#failWord()
      this.#letter = letter
      this.#at += 2
      this.#skipBlanks()
      if (this.#isEnd() || this.#peek() === ',')
        this.#fail('has no port after it', start, start + 2, 'write ports after the letter, such as U:53')
    }
    if (this.#peek() === '[') this.#brackets()
    else this.#portsOrNames()
  }

  #brackets(): void {
    if (this.#bracket !== undefined)
      this.#fail(
        'opens a bracket inside a bracket',
        this.#at,
        this.#at + 1,
        'brackets do not nest: close the first',
      )
    const outerLetter = this.#letter
    this.#bracket = this.#at++
    this.#list()
    this.#bracket = undefined
    this.#letter = outerLetter
  }

  #portsOrNames(): void {
    const start = this.#at
    const word = this.#spec.slice(start, this.#wordEnd())
    const range = /^(?:(\d+)|(\d*)-(\d*))$/.exec(word)
    if (range !== null) {
      const [, only, left = '', right = ''] = range
      const first = this.#port(only ?? left, start, FIRST_PORT)
      const last = this.#port(only ?? right, start + word.length - (only ?? right).length, LAST_PORT)
      if (first > last) {
        const hint =
          left === '' ? 'an open range starts at 1; for port 0 write 0' : `did you mean "${last}-${first}"?`
        this.#fail('runs backwards', start, start + word.length, hint)
      }
      this.#at += word.length
      this.#addRange(first, last, word, start)
    } else if (/^[a-z*?][\w*?.+/-]*$/.test(word)) {
      this.#addNames(word, start)
      this.#at += word.length
    } else this.#failWord()
  }

  #port(digits: string, position: number, missing: number): number {
    if (digits === '') return missing
    const port = Number(digits)
    if (port > LAST_PORT)
      this.#fail('is no port', position, position + digits.length, `ports end at ${LAST_PORT}`)
    return port
  }

  #addRange(first: number, last: number, item: string, position: number): void {
    let found = false
    for (const protocol of this.#targets())
      for (let port = first; port <= last; port++) {
        if (this.#bracket !== undefined && !isNamed(protocol, port)) continue
        found = true
        this.#want(protocol, port, item, position)
      }
    if (!found && this.#bracket !== undefined && this.#targets().length > 0) this.#nameless.push(item)
  }

  #addNames(mask: string, position: number): void {
    const services = this.#masks.get(mask) ?? findServices(mask)
    this.#masks.set(mask, services)
    const protocols = this.#letter === undefined ? this.#protocols : [this.#letter]
    const fitting = services.filter((service) => protocols.includes(service.protocol))
    if (fitting.length === 0) {
      const other = services.find((service) => !protocols.includes(service.protocol))
      if (other === undefined) this.#failWord()
      const letter = `write ${LETTER_OF[other.protocol]}:${mask}`
      const scan = `add ${SCAN_OF[other.protocol]}, or give the port's number`
      const hint = this.#letter === undefined ? scan : letter
      this.#fail(`is known for ${other.protocol} only`, position, position + mask.length, hint)
    }
    for (const { protocol, port } of fitting)
      if (this.#targets().includes(protocol)) this.#want(protocol, port, mask, position)
  }

  /** The protocols an item counts for: those of the letter in force as far as they are scanned. */
  #targets(): readonly Protocol[] {
    if (this.#letter === undefined) return this.#protocols
    if (this.#protocols.includes(this.#letter)) return [this.#letter]
    this.#leftOut.add(this.#letter)
    return []
  }

  #want(protocol: Protocol, port: number, item: string, position: number): void {
    const wanted = this.#wanted[protocol]
    if (wanted[port] === 1) this.#repeated ??= { port, item, position }
    wanted[port] = 1
  }

  #warnings(): string[] {
    const warnings: string[] = []
    if (this.#repeated !== undefined) {
      const { port, item, position } = this.#repeated
      warnings.push(
        `ports are given more than once, first ${port} in "${item}" (character ${position + 1}): each is scanned once`,
      )
    }
    for (const protocol of this.#leftOut)
      warnings.push(
        `${LETTER_OF[protocol]}: ports are left out, for no ${protocol} scan is asked for: add ${SCAN_OF[protocol]}`,
      )
    for (const item of this.#nameless) warnings.push(`[${item}] holds no port with a name`)
    return warnings
  }

  #emptyHint(): string {
    for (const protocol of this.#leftOut) return `add ${SCAN_OF[protocol]} to scan ${protocol} ports`
    return this.#nameless.length > 0 ? 'brackets keep only ports with a name' : 'no protocol is being scanned'
  }

  #peek(): string {
    return this.#spec[this.#at] ?? ''
  }

  #isEnd(): boolean {
    return this.#at >= this.#spec.length || (this.#bracket !== undefined && this.#peek() === ']')
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#peek())) this.#at++
  }

  #wordEnd(): number {
    let end = this.#at
    while (end < this.#spec.length && !/[\s,[\]]/.test(this.#spec[end] ?? '')) end++
    return Math.max(end, this.#at + 1)
  }

  #failUnclosed(): never {
    this.#fail('is never closed', this.#bracket ?? 0, this.#spec.length, 'add a "]"')
  }

  #failWord(): never {
    const end = this.#wordEnd()
    const { problem, hint } = explainBadWord(this.#spec.slice(this.#at, end), this.#protocols)
    this.#fail(problem, this.#at, end, hint)
  }

  #fail(problem: string, from: number, to: number, hint: string): never {
    throw new PortSyntaxError(problem, {
      spec: this.#spec,
      word: this.#spec.slice(from, to),
      position: from,
      hint,
    })
  }
}

function* marked(marks: Uint8Array): Generator<number, void, undefined> {
  for (let port = 0; port < marks.length; port++) if (marks[port] !== 0) yield port
}
