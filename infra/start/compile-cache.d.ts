export const cacheFolder: string
export function fillCache(): void
