/**
 * Options of nmap, masscan and of Portolan's own contract that this version recognises and does not have.
 * Each is answered in one line: a flag that changes what is sent is never ignored.
 */
import type { FlagOption, Option, ValueOption } from './options.ts'

const RAW = 'needs raw scanning; -sT is what this version does'
const DISCOVERY = 'needs raw scanning; this version probes every host (-Pn)'
const SERVICES = 'needs service detection; this version names services by port number'
const FLEET = 'needs the fleet; --shard splits a scan by hand'
const JOURNAL = 'needs the journal; this version stores nothing, -oD FILE keeps the events'
const ROUTE = 'needs a choice of source; this version leaves it to the routing table'

function flag(name: string, long: string, notBuilt: string): FlagOption {
  return { short: [name], long: [long], value: 'none', group: 'OTHER', doc: '', notBuilt }
}

function discovery(name: string, long: string): ValueOption {
  const named = { short: [name], long: [long], group: 'OTHER', doc: '', notBuilt: DISCOVERY } as const
  return { ...named, value: 'glued', valueName: 'PORTS' }
}

function valued(long: string, notBuilt: string, short: readonly string[] = []): ValueOption {
  return { short, long: [long], value: 'required', valueName: 'VALUE', group: 'OTHER', doc: '', notBuilt }
}

export const FUTURE_SCAN_OPTIONS: readonly Option[] = [
  flag('sS', 'syn', RAW),
  flag('sU', 'udp', 'needs UDP scanning; -sT is what this version does'),
  flag('sA', 'ack', RAW),
  flag('sF', 'fin', RAW),
  flag('sN', 'null', RAW),
  flag('sX', 'xmas', RAW),
  flag('sW', 'window', RAW),
  flag('sn', 'discovery-only', 'needs raw scanning; -F is the shortest scan of this version'),
  flag('sL', 'list-only', 'needs the list scan; --dry-run shows the plan and sends nothing'),
  flag('sV', 'services', SERVICES),
  flag('sC', 'default-scripts', SERVICES),
  flag('A', 'aggressive', SERVICES),
  flag('O', 'os-detection', 'needs raw scanning; this version does not guess operating systems'),
  flag('r', 'sequential', 'needs an ordered scan; --seed N makes the order repeatable'),
  flag('R', 'always-resolve', 'needs reverse DNS; this version never asks for it (-n)'),
  flag('d', 'debug', 'needs the packet trace; -vv says the most in this version'),
  discovery('PS', 'discover-syn'),
  discovery('PA', 'discover-ack'),
  discovery('PU', 'discover-udp'),
  discovery('PY', 'discover-sctp'),
  discovery('PE', 'discover-echo'),
  discovery('PP', 'discover-timestamp'),
  discovery('PM', 'discover-mask'),
  discovery('PR', 'discover-arp'),
  valued('interface', ROUTE, ['e']),
  valued('source-ip', ROUTE, ['S']),
  valued('source-port', ROUTE, ['g']),
  valued('random-targets', 'is not planned: a scan needs targets that someone permitted', ['iR']),
  valued('min-rate', 'needs a pace with a floor; --rate sets the ceiling, -T4 and -T5 hurry'),
  valued('script', SERVICES),
  valued('fleet', FLEET),
  valued('site', FLEET),
  valued('db', JOURNAL),
  { long: ['no-store'], value: 'none', group: 'OTHER', doc: '', notBuilt: JOURNAL },
  valued('resume', 'needs the journal; --seed and --shard name a part of a scan by hand'),
  valued('config', 'needs the configuration file; PORTOLAN_<FLAG> sets any option'),
]
