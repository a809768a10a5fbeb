import { ProblemError, unavailable } from '@gatehouse/service-kit'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import type { Dispatcher } from 'undici'
import type { Tokens } from '../../auth/access-tokens.ts'
import { answer } from '../../respond.ts'
import type { ProxyExchange } from './proxy-exchange.ts'
import { failureOf } from './upstream-errors.ts'

/** What a service answers where it has checked the credentials: for the gateway alone. */
export const SessionAnswer = Type.Object({
  user_id: Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' }),
  user_type: Type.String({ pattern: '^[a-z][a-z0-9_-]*$', maxLength: 64 }),
  session_id: Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9._-]+$' }),
  refresh_token: Type.String({ minLength: 1, maxLength: 4096 })
})

const maxAnswerBytes = 16 * 1024

function parse(chunks: readonly Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    return undefined
  }
}

/** @param userType one that the table does not name; the log says so */
const unusable = (userType?: string) =>
  new ProblemError(
    502,
    'upstream-failed',
    'The upstream service gave no usable response to the login.',
    {
      cause: userType && new Error(`the user type ${userType} is not in the table`)
    }
  )

/** Guarantee C14: nobody has looked at the credentials, and it is the service's turn to come back. */
function nobodyThere(cause: Error & { code?: string }) {
  const problem = unavailable(
    'logins-unavailable',
    'Login is temporarily unavailable. Try again shortly.',
    2,
    cause
  )
  // It says whether the service may be asked once more (guarantee G2).
  return Object.assign(problem, { code: cause.code })
}

type Controller = Dispatcher.DispatchController

/**
 * `issue: token`: a 2xx answer is taken in whole, and a token response goes out in its place; nothing else of it
 * passes. Any other answer, a refusal, is relayed as it is.
 */
export function issueToken(
  proxied: ProxyExchange,
  tokens: Tokens,
  userTypes: readonly string[]
): Dispatcher.DispatchHandler {
  let taken: Buffer[] | null = null
  let size = 0
  const succeed = () => {
    const session = parse(taken ?? [])
    if (!Check(SessionAnswer, session)) return proxied.fail(unusable())
    // The gateway would refuse the token at its first use.
    if (!userTypes.includes(session.user_type)) return proxied.fail(unusable(session.user_type))
    const body = JSON.stringify({
      access_token: tokens.issue(session),
      token_type: 'bearer',
      expires_in: tokens.ttlSeconds,
      refresh_token: session.refresh_token
    })
    // RFC 6749 5.1: a token is never stored on its way.
    const headers = ['content-type', 'application/json', 'cache-control', 'no-store']
    proxied.finish((exchange) => answer(exchange, 200, headers, body))
  }
  return {
    onRequestStart: (controller) => proxied.onRequestStart(controller),
    onBodySent: () => proxied.onBodySent(),
    onResponseStart(controller: Controller, status, headers, phrase) {
      if (status >= 200 && status < 300) taken = []
      else proxied.onResponseStart(controller, status, headers, phrase)
    },
    onResponseData(controller, chunk) {
      if (taken === null) return proxied.onResponseData(controller, chunk)
      size += chunk.length
      if (size > maxAnswerBytes) return proxied.fail(unusable())
      // The memory that it lies in is read into again.
      taken.push(Buffer.from(chunk))
    },
    onResponseEnd: () => (taken === null ? proxied.onResponseEnd() : succeed()),
    onResponseError(controller, error) {
      const isAway = failureOf(error).slug === 'upstream-unreachable'
      proxied.onResponseError(controller, isAway ? nobodyThere(error) : error)
    }
  }
}
