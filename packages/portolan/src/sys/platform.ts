/** Whether the kernel driver can work here: Linux on x64 or arm64, with koffi's library for it. */
export type KernelAvailability =
  | { readonly available: true }
  | { readonly available: false; readonly why: string }

let known: KernelAvailability | undefined

/** Tries to load the C library once; never throws. */
export async function kernelAvailability(): Promise<KernelAvailability> {
  known ??= await probe()
  return known
}

async function probe(): Promise<KernelAvailability> {
  const { platform, arch } = process
  if (platform !== 'linux') return { available: false, why: `${platform} is not Linux` }
  if (arch !== 'x64' && arch !== 'arm64')
    return { available: false, why: `no struct layouts for ${arch} yet, only x64 and arm64` }
  try {
    await import('./libc.ts')
    return { available: true }
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return { available: false, why: `koffi does not load: ${reason}` }
  }
}
