/** Program of listen-on-threads.test.ts: exits with status 7 while its threads echo. */
import { connect } from '../../../src/net/connect.ts'
import { listenOnThreads } from '../../../src/net/listen-on-threads.ts'

const server = await listenOnThreads(new URL('./echo.ts', import.meta.url), { host: '127.0.0.1', threads: 2 })
const { localAddress } = server
if (localAddress === undefined || !('host' in localAddress)) throw new TypeError('No port')
for (let client = 0; client < 8; client++) void chatter(localAddress.port)
setTimeout(() => process.exit(7), 60)

async function chatter(port: number): Promise<void> {
  const conn = await connect({ host: '127.0.0.1', port })
  for (;;) {
    await conn.write('x')
    await conn.read()
  }
}
