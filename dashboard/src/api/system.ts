// What the platform says of itself: GET /system.
import { useQuery } from '@tanstack/react-query'
import { type ApiError, sendJson } from './http'

export interface SystemRole {
  role: string
  instance: string
  /** null: nobody can tell. */
  healthy: boolean | null
  message: string
  version: string
}

export interface Board {
  name: string
  kind: 'qemu' | 'process'
  program: string
  found: boolean
  version: string | null
  minVersion: string | null
  message: string
  leds?: number | null
  ramBytes?: number | null
  flashBytes?: number | null
}

export interface Template {
  name: string
  title: string
  description: string
  module: string
  moduleBytes: number
  permissions: string[]
  limits: { memory?: number; stack?: number; fuelPerSecond?: number; storage?: number }
  restart?: { policy?: 'Never' | 'OnFailure' | 'Always' }
}

export interface SystemInfo {
  version: string
  startedAt: string
  roles: SystemRole[]
  boards: Board[]
  templates: Template[]
}

/** The roles' health is asked anew this often; nothing announces it. */
const kRefreshMs = 10_000

/** Roles and boards. */
export function useSystem() {
  return useQuery<SystemInfo, ApiError>({ queryKey: ['system'], queryFn: ({ signal }) => sendJson<SystemInfo>('/system', { signal }), refetchInterval: kRefreshMs })
}

/** What the platform as a whole says, without its boards: asking an emulator for those takes programs to be started. */
export function useRoles() {
  return useQuery<Pick<SystemInfo, 'version' | 'startedAt' | 'roles'>, ApiError>({ queryKey: ['system', 'roles'], queryFn: ({ signal }) => sendJson<SystemInfo>('/system?part=roles', { signal }), refetchInterval: kRefreshMs })
}

/** Apps to start from; they stay what they are while the page is open. */
export function useTemplates(): Template[] {
  const { data } = useQuery<Pick<SystemInfo, 'templates'>, ApiError>({ queryKey: ['system', 'templates'], queryFn: ({ signal }) => sendJson<SystemInfo>('/system?part=templates', { signal }), staleTime: Infinity })
  return data?.templates ?? []
}
