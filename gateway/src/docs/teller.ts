import type { FastifyBaseLogger } from 'fastify'
import { type Finding, sentenceOf } from './finding.ts'

/** Logs each finding when it comes up, and not again before it has gone. */
export function createTeller(log: Pick<FastifyBaseLogger, 'warn'>) {
  let told: ReadonlySet<string> = new Set()
  return (findings: readonly Finding[]) => {
    const sentences = new Map(findings.map((finding) => [sentenceOf(finding), finding]))
    for (const [sentence, finding] of sentences) {
      if (!told.has(sentence)) log.warn(finding, `documentation: ${sentence}`)
    }
    told = new Set(sentences.keys())
  }
}
