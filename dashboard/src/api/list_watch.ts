// The present objects of a kind, kept so by list + watch. No React here: the clock, the network and the scheduling of updates are
// handed in, so tests drive them.
import { ApiError } from './http'
import type { KubeList, KubeObject, KubeStatus, WatchEvent } from './kube'

export type WatchState = 'listing' | 'live' | 'reconnecting' | 'refused'

/** What a reader sees. `items` is a new array after each change; the objects in it that did not change are the same ones. */
export interface Snapshot<T> {
  items: T[]
  state: WatchState
  /** Why it is not live, in words. */
  problem?: string
}

/** How a ListWatch reaches the server. Both throw ApiError. */
export interface ListWatchTransport<T> {
  list(continueToken: string | undefined, signal: AbortSignal): Promise<KubeList<T>>
  /** Resolves when the server ends the stream. */
  watch(resourceVersion: string, onEvents: (events: WatchEvent<T>[]) => void, signal: AbortSignal): Promise<void>
}

export interface ListWatchTiming {
  /** Ends early when the signal aborts or somebody wakes it. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Runs `flush` soon; many changes in between make one update. */
  schedule(flush: () => void): void
}

const kBackoffFirstMs = 500
const kBackoffMaxMs = 10_000

export class ListWatch<T extends KubeObject> {
  private objects = new Map<string, T>()
  private revision = ''
  private dirty = false
  private heard = false
  private snapshot: Snapshot<T> = { items: [], state: 'listing' }
  private readonly stopper = new AbortController()

  constructor(
    private readonly transport: ListWatchTransport<T>,
    private readonly timing: ListWatchTiming,
    private readonly publish: (snapshot: Snapshot<T>) => void,
  ) {}

  stop() {
    this.stopper.abort()
  }

  /** Lists, then watches, again and again until stop(); never throws. */
  async run(): Promise<void> {
    const signal = this.stopper.signal
    let failures = 0
    while (!signal.aborted) {
      try {
        if (this.revision === '') await this.list(signal)
        failures = 0
        this.heard = false
        await this.transport.watch(this.revision, (events) => this.take(events), signal)
        // The server ends watches after a while; going on from the last revision is no failure. One that ends without a word is.
        if (!this.heard && !signal.aborted) await this.timing.wait(kBackoffFirstMs, signal)
      } catch (error) {
        if (signal.aborted) return
        if (isGone(error)) {
          this.revision = ''
          if (!this.heard && !signal.aborted) await this.timing.wait(kBackoffFirstMs, signal)
          continue
        }
        this.fail(error)
        await this.timing.wait(Math.min(kBackoffMaxMs, kBackoffFirstMs * 2 ** failures), signal)
        failures += 1
      }
    }
  }

  private async list(signal: AbortSignal) {
    const found = new Map<string, T>()
    let token: string | undefined
    let revision = ''
    do {
      const page = await this.transport.list(token, signal)
      for (const object of page.items) found.set(keyOf(object), this.keepIfSame(object))
      token = page.metadata.continue || undefined
      revision = page.metadata.resourceVersion
    } while (token !== undefined)
    this.objects = found
    this.revision = revision
    this.update({ items: [...found.values()], state: 'live' })
  }

  private take(events: WatchEvent<T>[]) {
    if (this.snapshot.state !== 'live') this.setDirty()
    for (const event of events) {
      if (event.type === 'ERROR') throw errorOfStatus(event.object as unknown as KubeStatus)
      if (event.type === 'DELETED') this.objects.delete(keyOf(event.object))
      else if (event.type !== 'BOOKMARK') this.objects.set(keyOf(event.object), event.object)
      this.revision = event.object.metadata.resourceVersion ?? this.revision
      this.heard = true
      if (event.type !== 'BOOKMARK') this.setDirty()
    }
  }

  private setDirty() {
    if (this.dirty) return
    this.dirty = true
    this.timing.schedule(() => {
      this.dirty = false
      if (!this.stopper.signal.aborted) this.update({ items: [...this.objects.values()], state: 'live' })
    })
  }

  private fail(error: unknown) {
    const refused = error instanceof ApiError && (error.code === 403 || error.code === 401)
    const problem = error instanceof Error ? error.message : String(error)
    this.update({ items: this.snapshot.items, state: refused ? 'refused' : 'reconnecting', problem })
  }

  /** After a new list, objects that did not change stay the same ones, so rows that show them need no new rendering. */
  private keepIfSame(object: T): T {
    const known = this.objects.get(keyOf(object))
    return known?.metadata.resourceVersion === object.metadata.resourceVersion && known ? known : object
  }

  private update(snapshot: Snapshot<T>) {
    this.snapshot = snapshot
    this.publish(snapshot)
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`
}

function errorOfStatus(status: KubeStatus): ApiError {
  return new ApiError(status.code ?? 500, status.reason ?? '', status.message ?? 'the watch ended with an error')
}

/** 410: the history the watch needs is gone; only a new list helps. */
function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.code === 410
}
