export type { FastifyPluginAsyncTypebox as Routes } from '@fastify/type-provider-typebox'
export { type App, createApp } from './app.ts'
export { type AuditFields, audit } from './audit.ts'
export {
  type Author,
  authorOf,
  type Caller,
  caller,
  callerOf,
  requireCaller,
  requireType
} from './caller.ts'
export {
  DatabaseUrl,
  Duration,
  Listen,
  loadConfig,
  milliseconds,
  Secret,
  StartError
} from './config.ts'
export type { Lifecycle } from './drain.ts'
export { bytesTaken } from './drain-timeouts.ts'
export { durationPattern, parseDuration } from './duration.ts'
export { reasonOf, sendProblem, toProblem } from './errors.ts'
export { clientAddressOf } from './fields.ts'
export { type Check, health, runChecks } from './health.ts'
export { createServer, ServerResponse, STATUS_CODES } from './http.ts'
export {
  createSigner,
  createVerifier,
  type Identity,
  type Signer,
  signatureChallenge,
  type Verifier
} from './identity.ts'
export { closeSlowly } from './lingering-close.ts'
export { type ClientError, malformedProblem } from './malformed.ts'
export { networkOf, plainAddress } from './network.ts'
export { cutPage, linkHeader, pageQuery, readCursor } from './page.ts'
export {
  badRequest,
  conflict,
  type Fault,
  forbidden,
  notFound,
  Problem,
  ProblemError,
  problemBody,
  problems,
  unauthorized,
  unavailable
} from './problem.ts'
export { respondRaw } from './raw-response.ts'
export { hiddenFrom } from './refusals.ts'
export { requestIdFor } from './request-id.ts'
export { fail, main, run } from './run.ts'
export {
  anyText,
  type Component,
  component,
  Id,
  isId,
  list,
  NoQuery,
  ref,
  textPattern,
  uuidPattern,
  wholeText
} from './schema.ts'
export { secretFault } from './secret.ts'
export { securityHeaders } from './security.ts'
export { createSemaphore } from './semaphore.ts'
export {
  createServiceSigner,
  createServiceVerifier,
  type ServiceRequest,
  type ServiceSigner,
  type ServiceVerifier
} from './service-signature.ts'
