// List + watch as a source of TanStack Query's cache: a query of a kind is filled by a ListWatch that lives while somebody looks at it.
import type { QueryClient } from '@tanstack/react-query'
import { sendJson } from './http'
import type { KubeList, KubeObject, WatchEvent } from './kube'
import { ListWatch, type ListWatchTiming, type ListWatchTransport, type Snapshot } from './list_watch'
import { pathOf, type Resource } from './resources'
import type { StreamHub } from './stream_hub'

/** Objects per page of a list: the first rows of a large fleet arrive soon. */
const kPageSize = 1000
/** The server ends a watch after this; it goes on from the same revision. */
const kWatchSeconds = 1800
/** A watch nobody looks at any more goes on this long: going back to a page shows it at once, and up to date. */
const kLingerMs = 20_000
/** Changes that arrive within this time make one rendering. */
const kBatchMs = 60

export const objectsKey = (resource: Resource<KubeObject>, namespace: string) => ['objects', resource.plural, namespace] as const

const timing: ListWatchTiming = {
  wait: (ms, signal) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        window.removeEventListener('online', done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      window.addEventListener('online', done)
      signal.addEventListener('abort', done)
    }),
  schedule: (flush) => void setTimeout(flush, kBatchMs),
}

function transportOf<T extends KubeObject>(hub: StreamHub, path: string): ListWatchTransport<T> {
  return {
    list(token, signal) {
      const query = new URLSearchParams({ limit: String(kPageSize) })
      if (token) query.set('continue', token)
      return sendJson<KubeList<T>>(`${path}?${query}`, { signal })
    },
    watch(resourceVersion, onEvents, signal) {
      const query = new URLSearchParams({ watch: '1', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds: String(kWatchSeconds) })
      const onText = (text: string) => onEvents(text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as WatchEvent<T>))
      return hub.follow(`${path}?${query}`, { onText, onOpen: () => onEvents([]) }, signal)
    },
  }
}

interface Running {
  watch: ListWatch<KubeObject>
  users: number
  /** Why what it shows may be old; undefined while it is live. */
  problem?: string
  lingering?: ReturnType<typeof setTimeout>
}

export class WatchStore {
  private readonly running = new Map<string, Running>()
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly client: QueryClient,
    private readonly hub: StreamHub,
  ) {}

  /** Why something that is shown may be old; undefined while everything is live. */
  readonly problem = (): string | undefined => {
    for (const entry of this.running.values()) if (entry.users > 0 && entry.problem !== undefined) return entry.problem
    return undefined
  }

  /** Calls back when problem() may have changed; the returned function ends that. */
  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /** Keeps the objects of a kind in the cache until the returned function is called. */
  use(resource: Resource<KubeObject>, namespace: string): () => void {
    const path = pathOf(resource, namespace)
    let entry = this.running.get(path)
    if (!entry) {
      const key = objectsKey(resource, namespace)
      const publish = (snapshot: Snapshot<KubeObject>) => {
        this.client.setQueryData(key, snapshot)
        made.problem = snapshot.state === 'reconnecting' ? (snapshot.problem ?? '') : undefined
        this.listeners.forEach((listener) => listener())
      }
      const made: Running = { watch: new ListWatch(transportOf(this.hub, path), timing, publish), users: 0 }
      entry = made
      this.running.set(path, entry)
      void entry.watch.run()
    }
    clearTimeout(entry.lingering)
    entry.users += 1
    const used = entry
    return () => {
      used.users -= 1
      if (used.users === 0) used.lingering = setTimeout(() => this.drop(path, objectsKey(resource, namespace)), kLingerMs)
    }
  }

  /** Ends every watch and forgets what they brought; for the end of a session. */
  clear() {
    for (const entry of this.running.values()) {
      clearTimeout(entry.lingering)
      entry.watch.stop()
    }
    this.running.clear()
    this.client.clear()
  }

  private drop(path: string, key: readonly string[]) {
    this.running.get(path)?.watch.stop()
    this.running.delete(path)
    this.client.removeQueries({ queryKey: key })
  }
}
