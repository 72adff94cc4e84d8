/** `portolan scan`: reads its words; the scanner is loaded only when there is something to scan. */
import { EXIT } from './exit-codes.ts'
import { scanArguments } from './scan-arguments.ts'

/** @param argv the words after `scan` */
export async function run(argv: string[]): Promise<number> {
  const args = scanArguments(argv, process.env)
  if (args.kind === 'help') {
    const { commandHelp } = await import('./help.ts')
    process.stdout.write(commandHelp('scan', args.length))
    return EXIT.ok
  }
  if (!args.dryRun) {
    const { warmEngineThreads } = await import('../scan/connect/engine-threads.ts')
    warmEngineThreads()
  }
  const { runScan } = await import('./scan-session.ts')
  try {
    return await runScan(args, argv)
  } catch (error) {
    const { withPlace } = await import('./fault-place.ts')
    throw withPlace(error, argv, process.env)
  }
}
