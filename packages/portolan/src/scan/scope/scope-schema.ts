/** The shape of a scope file. Strict: a misspelt `exclude` must be an error, not a wider scope. */
import { z } from 'zod'
import { SCOPE_METHODS } from './scope-methods.ts'

const text = z.string().trim().min(1, 'must not be empty').max(1000)
const day = z.iso.date('must be a day, as in 2027-01-31')
const rate = z.number().positive().max(1e9)

export const scopeSchema = z.strictObject({
  version: z.literal(1, 'must be 1'),
  authorisation: z.strictObject({
    owner: text,
    contact: text,
    reference: text,
    valid_from: day,
    valid_until: day,
  }),
  include: z.array(z.string()),
  exclude: z.array(z.string()).default([]),
  // The narrowest there is where the file says nothing.
  methods: z.array(z.enum(SCOPE_METHODS)).min(1).default(['connect']),
  limits: z.strictObject({ pps: rate.optional(), pps_per_host: rate.optional() }).default({}),
})
