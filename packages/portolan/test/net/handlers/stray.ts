/** Handler of listen-on-threads.test.ts that goes wrong in every way it is told to. */
import type { Connection } from '../../../src/net/connection.ts'

export default async function stray(connection: Connection): Promise<void> {
  const word = Buffer.from((await connection.read()) ?? []).toString()
  if (word === 'throw') {
    setTimeout(() => {
      throw new Error('stray')
    }, 1)
    await connection.read()
  } else if (word === 'uncloneable') throw new Error('uncloneable', { cause: () => 1 })
  else if (word === 'late') {
    await connection.close()
    throw new Error('late')
  } else await connection.write(word)
}
