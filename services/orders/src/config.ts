import { DatabaseUrl, Listen, Secret } from '@gatehouse/service-kit'
import { Type } from 'typebox'

/** The variables that this process reads; `.env.example` tells their meaning. */
export const Config = Type.Object({
  ...Listen,
  DATABASE_URL: DatabaseUrl,
  // The role that owns the tables; where it is not set, that of DATABASE_URL does.
  MIGRATION_DATABASE_URL: Type.Optional(DatabaseUrl),
  INTERNAL_SECRET: Secret,
  // Signs what users tells orders: no other process has it; where it is not set, INTERNAL_SECRET does.
  EVENTS_SECRET: Type.Optional(Secret)
})
