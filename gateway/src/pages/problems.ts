import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { notFound, STATUS_CODES } from '@gatehouse/service-kit'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { pagePolicy, pageWith } from './page.ts'

const file = join(import.meta.dirname, '../../../docs/problems.md')

/** One section of `docs/problems.md`. */
export interface ProblemText {
  slug: string
  status: number
  /** Paragraphs in Markdown, of which text, `code` and **bold** are used. */
  paragraphs: string[]
}

/** The sections of `docs/problems.md`: `## slug`, a line that begins with `Status 4xx.`, and more paragraphs. */
export function readProblems(markdown: string): ProblemText[] {
  const [, ...sections] = markdown.split(/^## /m)
  return sections.map((section) => {
    const [slug = '', first = '', ...more] = section.trim().split(/\n{2,}/)
    const [, status = '', meaning = ''] = /^Status (\d{3})\. (.*)$/s.exec(first) ?? []
    return { slug, status: Number(status), paragraphs: [meaning, ...more] }
  })
}

const escaped: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function htmlOf(paragraph: string): string {
  const text = paragraph.replaceAll(/[&<>"]/g, (sign) => escaped[sign] ?? '')
  const marked = text
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
  return `<p>${marked}</p>`
}

function pageOf({ slug, status, paragraphs }: ProblemText): string {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`
  const text = paragraphs.map(htmlOf).join('\n')
  return pageWith(
    slug,
    `<h1>${slug}</h1><p>${title}</p>\n${text}\n<p><a href="/problems">All problems</a></p>`
  )
}

function indexOf(problems: readonly ProblemText[]): string {
  const items = problems.map(
    ({ slug, status }) => `<li><a href="/problems/${slug}">${slug}</a> (${status})</li>`
  )
  return pageWith('Problems', `<h1>Problems</h1>\n<ul>${items.join('\n')}</ul>`)
}

/** `GET /problems/<slug>`: the meaning of an error's `type`, and what to do; `GET /problems` lists them. */
export const problemPages: FastifyPluginAsync = async (app) => {
  const problems = readProblems(readFileSync(file, 'utf8'))
  const pages = new Map(problems.map((problem) => [problem.slug, pageOf(problem)]))
  const index = indexOf(problems)
  const send = async (reply: FastifyReply, html: string) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', pagePolicy).send(html)

  app.get('/problems', { schema: { hide: true } }, async (_, reply) => send(reply, index))

  app.get<{ Params: { slug: string } }>(
    '/problems/:slug',
    { schema: { hide: true } },
    async (request, reply) => {
      const html = pages.get(request.params.slug)
      if (html === undefined)
        throw notFound('not-found', 'Unknown problem. See /problems for all of them.')
      return send(reply, html)
    }
  )
}
