// Who is signed in and what they may do. What is here decides what is shown and enabled; the API server decides in the end.
import { ApiError, send, sendJson } from './http'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'
export type Right =
  | 'devices' | 'devices/console' | 'devices/power' | 'devices/logs' | 'devices/state' | 'devices/metrics'
  | 'applications' | 'applicationrevisions' | 'gateways' | 'secrets' | 'events' | 'namespaces' | 'usertokens'

export interface Session {
  user: string
  groups: string[]
  role: 'admin' | 'editor' | 'viewer' | ''
  namespace: string
  can: Partial<Record<Right, Verb[]>>
  expires: string
}

/** The session, or null when nobody is signed in. Other failures throw ApiError. */
export async function readSession(): Promise<Session | null> {
  try {
    return await sendJson<Session>('/session')
  } catch (error) {
    if (error instanceof ApiError && error.code === 401) return null
    throw error
  }
}

export function signIn(token: string): Promise<Session> {
  return sendJson<Session>('/session', { method: 'POST', body: { token: token.trim() } })
}

export async function signOut(): Promise<void> {
  await send('/session', { method: 'DELETE' })
}

export function allows(session: Session, right: Right, verb: Verb): boolean {
  return session.can[right]?.includes(verb) ?? false
}
