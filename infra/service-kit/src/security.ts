/**
 * What every answer tells a browser: to take it for what it says it is, to tell nobody where it came from, and
 * to run and frame nothing of it (OWASP ASVS 3.4). Pages bring a policy of their own.
 */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'"
} as const
