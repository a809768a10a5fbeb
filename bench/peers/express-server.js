// JavaScript, because Express and morgan have no types of their own.
import { Agent } from 'node:http'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import morgan from 'morgan'

const { HOST, PORT, UPSTREAM, LOG } = process.env

const app = express()
if (LOG) app.use(morgan('combined'))
const agent = new Agent({ keepAlive: true })
app.use('/api', createProxyMiddleware({ target: UPSTREAM, agent }))
app.listen(Number(PORT), HOST)
process.on('SIGTERM', () => process.exit(0))
