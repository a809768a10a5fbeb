import { backoffMs, isRetryable, type RetryBudget } from '../policy/retry.ts'
import type { Route } from '../table/route.ts'
import { type Exchange, hasBody } from './exchange.ts'

interface Options {
  route: Route
  budget: RetryBudget
}

/** How often one request has been tried, and whether it may be once more. */
export class Tries {
  readonly #exchange: Exchange
  readonly #options: Options
  #failed = 0

  constructor(exchange: Exchange, options: Options) {
    this.#exchange = exchange
    this.#options = options
  }

  /**
   * The wait before the next try, in ms; null where there is none: it would not be safe, or there were enough.
   * @param repeated whether one of the tries was begun twice, which counts like another
   */
  next({ code = '' }: Error & { code?: string }, repeated: boolean): number | null {
    const { request, response } = this.#exchange
    const { route, budget } = this.#options
    // What has been read of a body is gone: it is kept nowhere (PROMISES G3).
    const isGone = hasBody(request) && request.readableDidRead
    if (response.headersSent || isGone) return null
    const attempt = this.#failed + Number(repeated)
    const tried = { code, attempt, idempotent: route.idempotent }
    if (!isRetryable(request, tried) || !budget.take()) return null
    this.#failed += 1
    return backoffMs(this.#failed - 1)
  }
}
