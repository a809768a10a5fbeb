export const cacheFolder: string
export const nodeOptions: string[]
export function fillCache(): void
