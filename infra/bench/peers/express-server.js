// JavaScript, because Express and morgan have no types of their own.
import { Agent } from 'node:http'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import morgan from 'morgan'

const { HOST, PORT, UPSTREAM, LOG, KEEP_ALIVE } = process.env

const app = express()
if (LOG) app.use(morgan('combined'))
// Without an agent, as its documentation has it, each request opens a connection to the upstream.
const kept = KEEP_ALIVE ? { agent: new Agent({ keepAlive: true }) } : {}
app.use('/api', createProxyMiddleware({ target: UPSTREAM, ...kept }))
app.listen(Number(PORT), HOST)
process.on('SIGTERM', () => process.exit(0))
