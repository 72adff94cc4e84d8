/** Connections over node:net, for where Portolan's own sockets cannot work. */
import type { Driver } from './driver.ts'
import { dial, lookUp } from './portable-dial.ts'
import { listen } from './portable-listener.ts'

export const portableDriver: Driver = { name: 'portable', lookUp, dial, listen }
