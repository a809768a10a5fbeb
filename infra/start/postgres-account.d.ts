export interface Account {
  uid: number
  gid: number
}
export function postgresAccount(): Account | null
export function canEnter(folder: string, account: Account): boolean
export function makePostgresFolder(prefix: string, parent?: string): string
export function preparePostgresAccount(root: string): void
