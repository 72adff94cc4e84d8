/** Binding a UNIX datagram socket to a path. */
import { socket } from '../socket/open.ts'
import type { Socket } from '../socket/socket.ts'
import { AF_UNIX, SOCK_DGRAM } from '../sys/constants.ts'
import { bindAnew, fileAt, type PathFile } from './unix-path.ts'

/** @returns the file that was made; undefined for an abstract name */
export async function bindPath(unix: Socket, path: string | Uint8Array): Promise<PathFile | undefined> {
  await bindAnew(
    path,
    () => unix.bind({ path }),
    async () => {
      using probe = socket(AF_UNIX, SOCK_DGRAM)
      await probe.connect({ path })
    },
  )
  return fileAt(path)
}
