/**
 * C functions that may wait, on the threads of libuv's pool (four by default, UV_THREADPOOL_SIZE).
 *
 * koffi takes 256 such calls at a time and throws at the next one, so those beyond a number that keeps any pool busy
 * wait for their turn here, in the order they came.
 */
const AT_ONCE = 128

let running = 0
const waiting: (() => void)[] = []

/** @param start makes koffi's asynchronous call and has it report to the callback */
export async function onThreadPool(
  start: (report: (error: Error | null, result: number) => void) => void,
): Promise<number> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => void waiting.push(resolve))
  else running++
  try {
    return await new Promise((resolve, reject) => {
      start((error, result) => {
        if (error === null) resolve(result)
        else reject(error)
      })
    })
  } finally {
    // The place goes to the next in line as it is, so that nobody who comes between can take it.
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}
