import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const project = process.env.COMPOSE_PROJECT_NAME || 'gatehouse'

/** What `docker inspect` tells of a container, as far as the tests read it. */
export interface Container {
  Id: string
  /** The id of its image. */
  Image: string
  Config: { User: string; Env: string[]; Cmd: string[]; Healthcheck: object | null }
  HostConfig: {
    ReadonlyRootfs: boolean
    CapDrop: string[] | null
    CapAdd: string[] | null
    SecurityOpt: string[]
    Privileged: boolean
    Init: boolean
    Memory: number
    NanoCpus: number
    PidsLimit: number
    NetworkMode: string
    Tmpfs: Record<string, string>
    Binds: string[] | null
  }
  Mounts: { Type: string; Name?: string; Source: string; RW: boolean }[]
  NetworkSettings: {
    Networks: Record<string, { IPAddress: string }>
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>
  }
}

/** Runs docker and gives what it prints. Throws where it fails. */
export function docker(...args: string[]): string {
  return execFileSync('docker', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
}

/** Runs docker, and gives its exit code and all it prints. */
export function tryDocker(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('docker', args, { cwd: root, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

function ids(service?: string, ...options: string[]): string[] {
  const labels = [`project=${project}`, ...(service ? [`service=${service}`] : [])]
  const filters = labels.flatMap((label) => ['--filter', `label=com.docker.compose.${label}`])
  return docker('ps', '--quiet', '--no-trunc', ...options, ...filters)
    .split('\n')
    .filter(Boolean)
}

/** Why the compose tests cannot run here, or false where they can. */
export function whyNot(): string | false {
  if (tryDocker('version').status !== 0) return 'no Docker engine answers'
  if (process.env.COMPOSE === '1' || ids().length > 0) return false
  return `no compose project ${project} is up (docker compose up --build)`
}

/** The running container of a service of the compose project. */
export function container(service: string): Container {
  const [id] = ids(service)
  if (id === undefined) throw new Error(`No container of ${service} runs.`)
  return JSON.parse(docker('inspect', id))[0]
}

/** The names of all volumes that the containers of the project hold, also those that have ended. */
export function volumes(): string[] {
  const all = ids(undefined, '--all').map((id): Container => JSON.parse(docker('inspect', id))[0])
  const mounts = all.flatMap(({ Mounts }) => Mounts)
  const names = mounts.flatMap(({ Type, Name = '' }) => (Type === 'volume' ? [Name] : []))
  return [...new Set(names)].sort()
}

/** Runs a command in the running container of a service. */
export function run(service: string, ...command: string[]) {
  return tryDocker('exec', container(service).Id, ...command)
}

interface ComposeFile {
  services: Record<
    string,
    {
      image: string
      stop_grace_period?: string
      ports?: { host_ip: string }[]
      networks?: Record<string, unknown>
      network_mode?: string
    }
  >
  networks: Record<string, { internal?: boolean }>
}

/** The compose file as Docker understands it. */
export function composeFile(): ComposeFile {
  return JSON.parse(docker('compose', 'config', '--format', 'json'))
}

/** The full name of one of the project's networks. */
export function network(name: string): string {
  return `${project}_${name}`
}
