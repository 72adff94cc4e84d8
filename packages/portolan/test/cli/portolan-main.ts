/** The command from source, as the bin stub runs it from dist. */
import { main } from '../../src/cli/main.ts'

await main(process.argv.slice(2))
