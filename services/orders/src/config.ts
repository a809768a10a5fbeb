import { DatabaseUrl, Listen, Secret } from '@gatehouse/service-kit'
import { Type } from 'typebox'

/** The variables that this process reads; `.env.example` tells their meaning. */
export const Config = Type.Object({
  ...Listen,
  DATABASE_URL: DatabaseUrl,
  INTERNAL_SECRET: Secret
})
