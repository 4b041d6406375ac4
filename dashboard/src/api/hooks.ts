// The API as React sees it.
import { QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo } from 'react'
import { ApiError, send, sendJson } from './http'
import type { KubeObject } from './kube'
import type { Snapshot } from './list_watch'
import { apiVersionOf, pathOf, type Resource } from './resources'
import { allows, type Right, type Session, type Verb } from './session'
import { StreamHub, type Socket } from './stream_hub'
import { objectsKey, WatchStore } from './watch_store'

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false, networkMode: 'always' }, mutations: { networkMode: 'always' } },
})

function connectStreams(): Socket {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return new WebSocket(`${scheme}://${location.host}/streams`) as unknown as Socket
}

export const streamHub = new StreamHub(connectStreams)
export const watchStore = new WatchStore(queryClient, streamHub)

const SessionContext = createContext<Session | undefined>(undefined)
export const SessionProvider = SessionContext.Provider

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('useSession outside of a signed-in page')
  return session
}

export function useNamespace(): string {
  return useSession().namespace
}

/** Whether the user may do this; for showing and enabling. */
export function useCan(right: Right, verb: Verb): boolean {
  return allows(useSession(), right, verb)
}

/** All objects of a kind in the session's namespace, live. `loaded` is false until the first list has come. */
export function useObjects<T extends KubeObject>(resource: Resource<T>): Snapshot<T> & { loaded: boolean } {
  const namespace = useNamespace()
  useEffect(() => watchStore.use(resource, namespace), [resource, namespace])
  // Only the watch store writes this query: it has no function of its own.
  const { data } = useQuery<Snapshot<T>>({ queryKey: objectsKey(resource, namespace), enabled: false, gcTime: Infinity })
  return useMemo(() => ({ items: data?.items ?? [], state: data?.state ?? 'listing', problem: data?.problem, loaded: data !== undefined && (data.state === 'live' || data.items.length > 0) }), [data])
}

/** One object of a kind, live; `object` is undefined while loading and when it is not there (`loaded` tells which). */
export function useObject<T extends KubeObject>(resource: Resource<T>, name: string) {
  const { items, ...rest } = useObjects(resource)
  const object = useMemo(() => items.find((item) => item.metadata.name === name), [items, name])
  return { object, ...rest }
}

/** A mutation whose error is an ApiError; the caller shows progress and result. */
export function useAction<V, R = void>(run: (variables: V) => Promise<R>) {
  return useMutation<R, ApiError, V>({ mutationFn: run })
}

export function useQueryData<T>(key: readonly unknown[], path: string | undefined, refreshMs?: number) {
  return useQuery<T, ApiError>({ queryKey: key, queryFn: ({ signal }) => sendJson<T>(path!, { signal }), enabled: path !== undefined, refetchInterval: refreshMs })
}

export function useInvalidate() {
  const client = useQueryClient()
  return (key: readonly unknown[]) => client.invalidateQueries({ queryKey: key })
}

/** Writes of objects; each resolves once the API server has them on disk. */
export function useWrites<T extends KubeObject>(resource: Resource<T>) {
  const namespace = useNamespace()
  return useMemo(
    () => ({
      create: (object: Omit<T, 'apiVersion' | 'kind'>) =>
        sendJson<T>(pathOf(resource, namespace), { method: 'POST', body: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object } }),
      /** JSON merge patch: null removes a field. */
      patch: (name: string, patch: unknown) => sendJson<T>(pathOf(resource, namespace, name), { method: 'PATCH', body: patch, contentType: 'application/merge-patch+json' }),
      remove: (name: string) => send(pathOf(resource, namespace, name), { method: 'DELETE' }).then(() => undefined),
    }),
    [resource, namespace],
  )
}
