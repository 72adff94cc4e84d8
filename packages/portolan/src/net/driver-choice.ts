/** Which driver connections come from. */
import { kernelAvailability } from '../sys/platform.ts'
import type { Driver, DriverName } from './driver.ts'

const drivers = new Map<DriverName | undefined, Promise<Driver>>()

/** The wanted driver, by default the kernel's where it works. Loaded when first asked for: koffi is not there everywhere. */
export function driverNamed(name: DriverName | undefined): Promise<Driver> {
  let driver = drivers.get(name)
  if (driver === undefined) {
    driver = load(name)
    drivers.set(name, driver)
  }
  return driver
}

async function load(name: DriverName | undefined): Promise<Driver> {
  if (name !== undefined && name !== 'kernel' && name !== 'portable')
    throw new TypeError(`driver must be 'kernel' or 'portable', not ${String(name)}`)
  const wanted = name ?? ((await kernelAvailability()).available ? 'kernel' : 'portable')
  if (wanted === 'kernel') return (await import('./kernel-driver.ts')).kernelDriver
  return (await import('./portable-driver.ts')).portableDriver
}
