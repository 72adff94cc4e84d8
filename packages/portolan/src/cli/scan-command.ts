/** `portolan scan`: reads its words; the scanner is loaded only when there is something to scan. */
import { warmEngineThreads } from '../scan/connect/engine-threads.ts'
import { EXIT } from './exit-codes.ts'

/** Words after which nothing is scanned, so that no thread need be started. */
const WITHOUT_SCAN = new Set(['-h', '--help', '--dry-run'])

/** @param argv the words after `scan` */
export async function run(argv: string[]): Promise<number> {
  // First of all, and before the rest is loaded: the other core is idle until then.
  if (!argv.some((word) => WITHOUT_SCAN.has(word))) warmEngineThreads()
  const { scanArguments } = await import('./scan-arguments.ts')
  const args = scanArguments(argv, process.env)
  if (args.kind === 'help') {
    const { commandHelp } = await import('./help.ts')
    process.stdout.write(commandHelp('scan', args.length))
    return EXIT.ok
  }
  const { runScan } = await import('./scan-session.ts')
  try {
    return await runScan(args, argv)
  } catch (error) {
    const { withPlace } = await import('./fault-place.ts')
    throw withPlace(error, argv, process.env)
  }
}
