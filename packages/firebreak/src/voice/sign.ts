// Signs a body, so that its receiver knows who wrote it and when: HMAC-SHA-256 over the time and the body.
import { createHmac } from 'node:crypto'

export const signatureHeader = 'firebreak-signature'

/** @example headers[signatureHeader] = signatureOf(secret, body, Date.now()) // t=1767225600000,v1=9f86… */
export function signatureOf(secret: string, body: string, at: number): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
}
