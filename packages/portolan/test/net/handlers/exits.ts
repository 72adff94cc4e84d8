/** Handler of listen-on-threads.test.ts whose module ends its thread. */
process.exit(3)
