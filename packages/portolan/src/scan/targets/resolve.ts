/** From the words of the user to the numbered targets of a scan. */
import { parseIPv4 } from '../../sys/inet.ts'
import { formatAddress } from '../address.ts'
import type { Address } from '../address.ts'
import { networkOf } from './address-range.ts'
import { AddressSet } from './address-set.ts'
import { AddressSetBuilder } from './address-set-builder.ts'
import { parseTarget } from './grammar.ts'
import { resolveNames } from './resolve-names.ts'
import type { Lookup } from './resolve-names.ts'
import { readTargetWords } from './sources.ts'
import { systemResolver } from './system-resolver.ts'
import type { Resolver } from './system-resolver.ts'
import { TargetError, TargetSyntaxError } from './target-errors.ts'
import type { TargetSource } from './target-errors.ts'
import { splitTargetList } from './target-list.ts'
import { TargetSpace } from './target-space.ts'

export interface TargetOptions {
  /** Words as on the command line. */
  readonly targets: readonly string[]
  /** Files with targets (`-iL`), `-` for standard input. */
  readonly targetFiles?: readonly string[]
  /** Comma-separated lists (`--exclude`); the whole target grammar. */
  readonly exclude?: readonly string[]
  readonly excludeFiles?: readonly string[]
  /** Which address of a name is scanned; by default the one the resolver names first. Literals are not touched. */
  readonly family?: 4 | 6
  readonly resolver?: Resolver
  readonly signal?: AbortSignal
  readonly stdin?: AsyncIterable<Uint8Array | string>
}

/** Something to tell the user; the scan goes on. */
export interface TargetProblem {
  /** NAME_HAS_MORE_ADDRESSES is for information; the others mean that a target is not scanned. */
  readonly code: 'NAME_NOT_RESOLVED' | 'NAME_HAS_MORE_ADDRESSES'
  readonly message: string
  readonly hint: string
}

export interface BuiltTargets {
  readonly space: TargetSpace
  /** The name the user gave, by the text of the address it stands for. */
  readonly names: Map<string, string>
  readonly problems: TargetProblem[]
  /** Addresses that were targets and are excluded. */
  readonly excluded: number
  /** The targets as given; a file is one entry. */
  readonly given: string[]
}

/**
 * Reads, resolves, merges (each address once) and subtracts what is excluded.
 *
 * @throws TargetError where a word is no target, a list cannot be read, there are too many addresses, or an
 *   excluded name does not resolve: an exclusion never vanishes silently
 */
export async function buildTargets(options: TargetOptions): Promise<BuiltTargets> {
  const { resolver = systemResolver, signal } = options
  // What is read once is gone: a second list from there would be empty, and an empty exclusion excludes nothing.
  if ([...(options.targetFiles ?? []), ...(options.excludeFiles ?? [])].filter((f) => f === '-').length > 1)
    throw new TargetError('standard input is given for more than one list', 'save one of them in a file')
  const targets = new WordList()
  for (const word of options.targets) targets.add(word)
  for (const file of options.targetFiles ?? [])
    for await (const { word, source } of readTargetWords(file, options.stdin)) targets.add(word, source)
  const excludes = new WordList()
  for (const list of options.exclude ?? []) for (const word of splitTargetList(list)) excludes.add(word)
  for (const file of options.excludeFiles ?? [])
    for await (const { word, source } of readTargetWords(file, options.stdin)) excludes.add(word, source)

  const wanted = new Set([...targets.names, ...excludes.names].map(({ name }) => name))
  const lookups = await resolveNames(wanted, resolver, signal)
  const problems: TargetProblem[] = []
  const names = new Map<string, string>()
  for (const entry of targets.names) {
    const address = chooseAddress(entry.name, lookups.get(entry.name), options.family, problems)
    if (address === undefined) continue
    if (!names.has(formatAddress(address))) names.set(formatAddress(address), entry.name)
    targets.builder.add(networkOf(address, prefixFor(entry, address)))
  }
  for (const entry of excludes.names) {
    const lookup = lookups.get(entry.name)
    if (lookup?.found !== true) throw excludeNotResolved(entry, lookup)
    for (const address of lookup.addresses)
      excludes.builder.add(networkOf(address, prefixFor(entry, address)))
  }

  const all = targets.builder.build()
  refuseMissingZone(all)
  const set = all.subtractInEveryZone(excludes.builder.build())
  const given = [...options.targets, ...(options.targetFiles ?? []).map((file) => `-iL ${file}`)]
  return { space: TargetSpace.of(set), names, problems, excluded: Number(all.size - set.size), given }
}

interface NameEntry {
  readonly name: string
  readonly prefix: number | undefined
  readonly word: string
  readonly source: TargetSource | undefined
}

/** The words of one side: addresses go into a set at once, names wait for their lookup. */
class WordList {
  readonly builder = new AddressSetBuilder()
  readonly names: NameEntry[] = []

  add(word: string, source?: TargetSource): void {
    // The one kind of word that comes by the million, without a set of its own for each.
    const literal = parseIPv4(word)
    if (literal !== undefined) {
      this.builder.add({ family: 4, first: literal, last: literal })
      return
    }
    const target = parseTarget(word, source)
    if (target.kind === 'addresses') this.builder.addSet(target.set)
    else this.names.push({ name: target.name, prefix: target.prefix, word, source })
  }
}

function chooseAddress(
  name: string,
  lookup: Lookup | undefined,
  family: 4 | 6 | undefined,
  problems: TargetProblem[],
): Address | undefined {
  if (lookup?.found !== true) {
    problems.push({
      code: 'NAME_NOT_RESOLVED',
      message: `${name} is not scanned: the name does not resolve (${lookup?.reason ?? 'not looked up'})`,
      hint: 'check the spelling and the resolver, or give the address',
    })
    return undefined
  }
  const address = lookup.addresses.find((address) => family === undefined || address.family === family)
  if (address === undefined) {
    problems.push({
      code: 'NAME_NOT_RESOLVED',
      message: `${name} is not scanned: the name has no IPv${family} address`,
      hint: `ask for IPv${family === 4 ? 6 : 4}, or give the address`,
    })
    return undefined
  }
  const chosen = formatAddress(address)
  const others = new Set(lookup.addresses.map(formatAddress))
  others.delete(chosen)
  if (others.size > 0) {
    const shown = [...others].slice(0, 3).join(', ') + (others.size > 3 ? `, ${others.size - 3} more` : '')
    problems.push({
      code: 'NAME_HAS_MORE_ADDRESSES',
      message: `${name} is scanned at ${chosen}, not at its other addresses (${shown})`,
      hint: 'give the addresses to scan them too',
    })
  }
  return address
}

/** @throws TargetSyntaxError for a prefix that is longer than the address */
function prefixFor(entry: NameEntry, address: Address): number {
  const width = address.family === 4 ? 32 : 128
  if (entry.prefix === undefined) return width
  if (entry.prefix <= width) return entry.prefix
  throw new TargetSyntaxError(
    entry.word,
    entry.word.lastIndexOf('/') + 2,
    `/${entry.prefix} is too long a prefix for ${formatAddress(address)}`,
    'a prefix length is 0 to 32 for IPv4',
    entry.source,
  )
}

function excludeNotResolved(entry: NameEntry, lookup: Lookup | undefined): TargetError {
  const place = entry.source === undefined ? '' : `${entry.source.file}:${entry.source.line}: `
  return new TargetError(
    `${place}the excluded name ${entry.name} does not resolve (${lookup?.found === false ? lookup.reason : 'not looked up'})`,
    'give its address, so that it is not scanned by mistake',
  )
}

const LINK_LOCAL = AddressSet.range({ family: 6, first: 0xfe80n << 112n, last: (0xfec0n << 112n) - 1n })

/** A link-local address is on every link: the kernel refuses to guess (RFC 4007 section 6), and so do we. */
function refuseMissingZone(set: AddressSet): void {
  const [range] = set.intersect(LINK_LOCAL).ranges()
  if (range?.family !== 6) return
  const text = formatAddress({ family: 6, value: range.first })
  throw new TargetError(
    `the link-local target ${text} names no link`,
    `add the interface, as in ${text}%eth0`,
  )
}
