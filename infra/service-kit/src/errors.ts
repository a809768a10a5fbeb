import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest
} from 'fastify'
import { STATUS_CODES } from './http.ts'
import { type Fault, ProblemError, problemBody } from './problem.ts'

type Validation = NonNullable<FastifyError['validation']>[number]

const maxFaults = 100
const maxPointerLength = 500
const roots: Record<string, string> = { querystring: 'query', params: 'path' }

/** Where a schema was not met, as a JSON pointer into the request: `#/body/email`, `#/query/limit`. */
function faultOf(context: string, { instancePath, params, message }: Validation): Fault {
  const extra = params.missingProperty ?? params.additionalProperty
  const key =
    typeof extra === 'string' ? `/${extra.replaceAll('~', '~0').replaceAll('/', '~1')}` : ''
  const root = `#/${roots[context] ?? context}`
  const pointer = `${root}${instancePath}${key}`.slice(0, maxPointerLength)
  if (params.missingProperty) return { pointer, detail: 'is required' }
  if (params.additionalProperty) return { pointer, detail: 'is not a known field' }
  if (Array.isArray(params.allowedValues)) {
    return { pointer, detail: `must be one of ${params.allowedValues.join(', ')}` }
  }
  return { pointer, detail: message ?? 'is not valid' }
}

/** One fault for each place: what else a value fails there says nothing new. */
function faultsOf(context: string, validation: Validation[]): Fault[] {
  const faults = new Map<string, Fault>()
  for (const found of validation) {
    const fault = faultOf(context, found)
    if (!faults.has(fault.pointer)) faults.set(fault.pointer, fault)
  }
  return [...faults.values()].slice(0, maxFaults)
}

function slugOf(status: number): string {
  return (STATUS_CODES[status] ?? 'error').toLowerCase().replaceAll(/[^a-z]+/g, '-')
}

/** Turns whatever was thrown into the problem that the client may see; the rest stays in `cause`. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  // Anything can be thrown, null as well.
  const thrown: Partial<FastifyError> = Object(error)
  const { validation, validationContext = 'body', statusCode = 500, message = '', code } = thrown
  if (validation) {
    const faults = faultsOf(validationContext, validation)
    const detail = 'The request does not match its schema.'
    return new ProblemError(400, 'invalid-request', detail, { errors: faults, cause: error })
  }
  if (statusCode >= 400 && statusCode < 500) {
    const slug = statusCode === 400 ? 'malformed-request' : slugOf(statusCode)
    const detail = code?.startsWith('FST_') ? message : 'The request could not be read.'
    return new ProblemError(statusCode, slug, detail, { cause: error })
  }
  const detail = 'An internal error occurred. Report the request id to the operator.'
  return new ProblemError(500, 'internal-error', detail, { cause: error })
}

/** Deepest chain of causes that is read; a chain may be a ring. */
const maxCauses = 5
const maxReasonLength = 500

/**
 * Why something failed, in one line of at most 500 characters with the causes and without a stack: for the log, where
 * the failure is expected (a service that is away). Takes whatever was thrown.
 */
export function reasonOf(error: unknown): string {
  const reasons = new Set<string>()
  for (let at = error, depth = 0; depth < maxCauses; depth += 1) {
    const { message, code, cause } = Object(at) as {
      [name in 'message' | 'code' | 'cause']?: unknown
    }
    reasons.add(
      String(message || code || at)
        .replaceAll(/\s+/g, ' ')
        .trim()
    )
    if (cause === undefined || cause === null) break
    at = cause
  }
  return [...reasons].join(': ').slice(0, maxReasonLength)
}

/** A bug is an error with its stack; a failure that was thrown on purpose, such as a database that is away, is neither. */
function logProblem(error: unknown, problem: ProblemError, log: FastifyBaseLogger) {
  if (problem.status < 500) return
  if (problem !== error) return log.error({ err: problem.cause ?? problem }, problem.message)
  const reason = problem.cause === undefined ? undefined : reasonOf(problem.cause)
  log.warn({ problem: problem.slug, reason }, problem.message)
}

/** The one error handler: logs the cause, answers the problem document. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const problem = toProblem(error)
  logProblem(error, problem, request.log)
  // Framework errors pass no onRequest hook, so the id is set here as well.
  reply.code(problem.status).headers(problem.headers).header('request-id', request.id)
  reply.type('application/problem+json')
  return reply.serializer(JSON.stringify).send(problemBody(problem, request.id))
}

/** Tells an unknown path (404) from a known path with an unknown method (405 with `allow`). */
export function answerUnknownRoutes(app: FastifyInstance) {
  const routes = new Map<string, { shape: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = url.replaceAll(/[.$()+]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')
    const shape = new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
    const known = routes.get(url) ?? { shape, methods: new Set<string>() }
    for (const name of [method].flat()) known.methods.add(name)
    routes.set(url, known)
  })
  const problemFor = (request: FastifyRequest) => {
    const [path = ''] = request.url.split('?')
    const same = [...routes.values()].filter(({ shape }) => shape.test(path))
    const allow = [...new Set(same.flatMap(({ methods }) => [...methods]))].sort().join(', ')
    if (!allow) return new ProblemError(404, 'not-found', 'No resource exists at this path.')
    const detail = `This path answers ${allow}.`
    return new ProblemError(405, 'method-not-allowed', detail, { headers: { allow } })
  }
  app.setNotFoundHandler(async (request) => {
    throw problemFor(request)
  })
  // Before its body is looked at, for Fastify would find fault with that first.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (request.is404) done(problemFor(request))
    else done(null, payload)
  })
}
