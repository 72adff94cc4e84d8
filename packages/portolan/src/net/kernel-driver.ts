/** Connections over Portolan's own sockets. */
import type { Driver } from './driver.ts'
import { dial, lookUp } from './kernel-dial.ts'
import { listen } from './kernel-listener.ts'

export const kernelDriver: Driver = { name: 'kernel', lookUp, dial, listen }
