import { createHmac } from 'node:crypto'

const lifetimeSeconds = 24 * 3600

/** A token of the customer API for the given access, as signing in would give it. */
export const signToken = (secret: string, accessId: number, now: Date): string => {
  const payload = { aud: ['customer-v1'], sub: accessId, exp: Math.floor(now.getTime() / 1000) + lifetimeSeconds }
  const signed = `${encode({ alg: 'HS256' })}.${encode(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
