/** Which driver makes the connections. */
import { kernelAvailability } from '../sys/platform.ts'
import type { WarningEvent } from './events.ts'
import { PlanError } from './plan.ts'

export interface DriverChoice {
  readonly driver: 'kernel' | 'portable'
  /** Told where the choice was not the user's. */
  readonly warning?: Pick<WarningEvent, 'code' | 'message' | 'hint'>
}

/** @throws PlanError where the kernel driver was asked for and cannot work here */
export async function chooseDriver(wanted: 'kernel' | 'portable' | undefined): Promise<DriverChoice> {
  if (wanted === 'portable') return { driver: 'portable' }
  const kernel = await kernelAvailability()
  if (kernel.available) return { driver: 'kernel' }
  if (wanted === 'kernel')
    throw new PlanError(`the kernel driver does not work here: ${kernel.why}`, 'use the portable driver')
  return {
    driver: 'portable',
    warning: {
      code: 'PORTABLE_DRIVER',
      message: `scanning through node:net, since ${kernel.why}`,
      hint: 'this is slower and cannot tell missing routes; results are as true',
    },
  }
}
