/** `portolan scope`: who may be scanned (check), by which rule (explain), and a file that grants it (init). */
import { existsSync } from 'node:fs'
import { parseAddress, type Address } from '../scan/address.ts'
import { checkSpace } from '../scan/scope/check-space.ts'
import { explain } from '../scan/scope/explain.ts'
import { renderScopeFile } from '../scan/scope/render-scope-file.ts'
import { readScopeFile, TO_FILL_IN } from '../scan/scope/scope-file.ts'
import { Scope } from '../scan/scope/scope.ts'
import { buildTargets } from '../scan/targets/resolve.ts'
import { splitTargetList } from '../scan/targets/target-list.ts'
import { escapeText } from '../text/untrusted.ts'
import { EXIT } from './exit-codes.ts'
import type { Operand } from './getopt.ts'
import { commandHelp } from './help.ts'
import { nearest } from './nearest.ts'
import { SCOPE_ACTIONS, SCOPE_OPTIONS, type ScopeAction, type ScopeOptionName } from './scope-options.ts'
import { Settings } from './settings.ts'
import { UsageError, withHint } from './usage-error.ts'
import { countOf, textOf } from './values.ts'

const DAY_MS = 86_400_000
/** A permission for longer than this is a habit, not a permission. */
const MOST_DAYS = 366
const DEFAULT_DAYS = 30

const EXAMPLES = 'as in portolan scope check 198.18.0.0/24, scope explain ADDRESS or scope init TARGET…'

/** @param argv the words after `scope` */
export async function run(argv: string[]): Promise<number> {
  const settings = new Settings<ScopeOptionName>(argv, process.env, SCOPE_OPTIONS, 'scope')
  const help = settings.last('help')
  if (help !== undefined) {
    process.stdout.write(commandHelp('scope', help.label === '-h' ? 'short' : 'full'))
    return EXIT.ok
  }
  const [action, ...targets] = settings.operands.map(({ text }) => text)
  if (action === undefined) throw new UsageError('no action given', EXAMPLES)
  const act = actionOf(action, settings.operands[0]?.place ?? 1)
  if (targets.length === 0) throw new UsageError(`no target given for scope ${act}`, EXAMPLES)
  for (const { text, place } of settings.operands.slice(1))
    if (existsSync(text))
      throw new UsageError(
        `'${escapeText(text, 80)}' is a file and no target (argument ${place})`,
        `as in portolan scope check --scope ${escapeText(text, 80)} 198.18.0.0/24`,
      )
  if (act === 'init') return init(targets, settings)
  const scope = await scopeOf(settings)
  return act === 'check' ? check(targets, scope) : explainAll(settings.operands.slice(1), scope)
}

function actionOf(word: string, place: number): ScopeAction {
  const action = SCOPE_ACTIONS.find((name) => name === word)
  if (action !== undefined) return action
  const near = nearest(word, SCOPE_ACTIONS)
  throw new UsageError(
    `'${escapeText(word, 80)}' is nothing that scope does (argument ${place})`,
    near === undefined ? `it does ${SCOPE_ACTIONS.join(', ')}` : `did you mean ${near}?`,
  )
}

async function scopeOf(settings: Settings<ScopeOptionName>): Promise<Scope> {
  const file = settings.last('scope')
  return new Scope(file === undefined ? {} : { file: await readScopeFile(textOf(file)) })
}

/** Answers as a scan would, with its exit status. */
async function check(targets: readonly string[], scope: Scope): Promise<number> {
  const { space, problems } = await buildTargets({ targets })
  for (const problem of problems)
    process.stderr.write(`warning: ${withHint(problem.message, problem.hint)}\n`)
  const { refused, leftOut, space: allowed } = checkSpace(scope, space, 'connect')
  for (const { message, hint } of leftOut) process.stdout.write(`left out: ${withHint(message, hint)}\n`)
  for (const { message, hint } of refused) process.stdout.write(`refused: ${withHint(message, hint)}\n`)
  if (refused.length > 0) return EXIT.refused
  if (space.size > 0)
    process.stdout.write(`allowed: ${allowed.size} ${allowed.size === 1 ? 'address' : 'addresses'}\n`)
  return problems.some(({ code }) => code === 'NAME_NOT_RESOLVED') ? EXIT.incomplete : EXIT.ok
}

function explainAll(operands: readonly Operand[], scope: Scope): number {
  let status: number = EXIT.ok
  // All of them first: half an answer before an error would be taken for the whole.
  for (const address of operands.map(addressOf)) {
    for (const line of explain(scope, address)) process.stdout.write(`${line}\n`)
    if (!scope.judge(address, 'connect').allowed) status = EXIT.refused
  }
  return status
}

function addressOf({ text, place }: Operand): Address {
  const address = parseAddress(text)
  if (address !== undefined) return address
  throw new UsageError(
    `'${escapeText(text, 80)}' is not an address (argument ${place})`,
    'explain takes literal addresses, as in 198.18.0.1 or 2001:2::1; check takes networks and names',
  )
}

/** Prints a scope file. It claims nothing that was not said: what is missing is marked to be filled in. */
function init(targets: readonly string[], settings: Settings<ScopeOptionName>): number {
  const text = (name: ScopeOptionName): string => {
    const setting = settings.last(name)
    return setting === undefined ? `${TO_FILL_IN}: ${name}` : textOf(setting)
  }
  const days = settings.last('days')
  const length = days === undefined ? DEFAULT_DAYS : countOf(days, 1, MOST_DAYS)
  const day = (offset: number): string =>
    new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length)
  process.stdout.write(
    renderScopeFile({
      include: targets,
      exclude: settings.all('exclude').flatMap((setting) => splitTargetList(textOf(setting))),
      owner: text('owner'),
      contact: text('contact'),
      reference: text('reference'),
      validFrom: day(0),
      validUntil: day(length),
    }),
  )
  return EXIT.ok
}
