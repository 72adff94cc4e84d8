import type { HostEvent, PortEvent, ScanEvent, ScanFinished, ScanStarted } from '../scan/events.ts'
import { comparePorts, sortHosts } from './address-order.ts'
import { reportOf, reportOfCutOff, type HostFormat, type HostReport } from './host-report.ts'
import type { ReportOptions, ReportWriter } from './report-writer.ts'
import { isShown } from './shown.ts'
import type { Sink } from './sink.ts'

/**
 * Gathers the ports of a host, which come in probe order between those of all other hosts, and writes the host
 * when its own event comes. Memory is held for the ports that were reported, not for those that were scanned.
 */
export class HostReportWriter implements ReportWriter {
  readonly #format: HostFormat
  readonly #sink: Sink
  readonly #options: ReportOptions
  readonly #ports = new Map<string, PortEvent[]>()
  readonly #hosts: Record<HostEvent['state'], number> = { up: 0, down: 0, unknown: 0 }
  #started: ScanStarted | undefined
  #finished: ScanFinished | undefined
  #time: string | undefined
  #begun = false

  constructor(format: HostFormat, sink: Sink, options: ReportOptions = {}) {
    this.#format = format
    this.#sink = sink
    this.#options = options
  }

  write(event: ScanEvent): void | Promise<void> {
    if (event.type !== 'warning') this.#time = event.time
    switch (event.type) {
      case 'scan.started':
        this.#started = event
        return this.#sink.write(this.#begin())
      case 'port': {
        const ports = this.#ports.get(event.host)
        if (ports === undefined) this.#ports.set(event.host, [event])
        else ports.push(event)
        return
      }
      case 'host': {
        const ports = this.#ports.get(event.host) ?? []
        this.#ports.delete(event.host)
        return this.#sink.write(this.#begin() + this.#host(reportOf(event, this.#shown(ports))))
      }
      case 'warning':
        return this.#sink.write(this.#begin() + this.#format.warning(event))
      case 'scan.finished':
        this.#finished = event
    }
  }

  async finish(): Promise<void> {
    for (const host of sortHosts(this.#ports.keys())) {
      const ports = this.#ports.get(host) ?? []
      const report = reportOfCutOff(host, ports, this.#shown(ports))
      await this.#sink.write(this.#begin() + this.#host(report))
    }
    const end = this.#format.end({
      started: this.#started,
      finished: this.#finished,
      time: this.#time ?? new Date().toISOString(),
      hosts: this.#hosts,
    })
    await this.#sink.write(this.#begin() + end)
    await this.#sink.close()
  }

  /** The head of the report, once. */
  #begin(): string {
    if (this.#begun) return ''
    this.#begun = true
    return this.#format.begin(this.#started, this.#options)
  }

  #host(report: HostReport): string {
    this.#hosts[report.state]++
    return this.#isLeftOut(report) ? '' : this.#format.host(report, this.#options)
  }

  /** A host that is down has nothing to tell unless somebody asks; one in doubt is always told of. */
  #isLeftOut(report: HostReport): boolean {
    if (report.ports.length > 0) return false
    if (this.#options.openOnly === true) return true
    const undecided = report.notShown.some(({ state }) => state === 'unknown')
    return report.state === 'down' && !undecided && this.#options.showDown !== true
  }

  #shown(ports: readonly PortEvent[]): PortEvent[] {
    return ports.filter((port) => isShown(port, this.#options)).sort(comparePorts)
  }
}
