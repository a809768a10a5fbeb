/** Where the system answers, without a final slash. */
export const baseUrl = (process.env.BASE_URL || 'http://localhost:8001').replace(/\/$/, '')
