import { expect, test } from 'vitest'
import { ApiError } from './http'
import type { KubeList, KubeObject, WatchEvent } from './kube'
import { ListWatch, type ListWatchTransport, type Snapshot } from './list_watch'

const object = (name: string, resourceVersion: string): KubeObject => ({ metadata: { name, namespace: 'wasmbed', resourceVersion } })
const list = (resourceVersion: string, items: KubeObject[], token?: string): KubeList<KubeObject> => ({ metadata: { resourceVersion, continue: token }, items })

/** A server whose answers a test lines up; a watch without one stays open until it is stopped. */
class Server implements ListWatchTransport<KubeObject> {
  lists: (KubeList<KubeObject> | ApiError)[] = []
  watches: ((onEvents: (events: WatchEvent<KubeObject>[]) => void) => void)[] = []
  asked: string[] = []

  async list(token: string | undefined) {
    this.asked.push(`list ${token ?? ''}`.trim())
    const answer = this.lists.shift()
    if (!answer) throw new Error('the test has no list for this')
    if (answer instanceof ApiError) throw answer
    return answer
  }

  async watch(resourceVersion: string, onEvents: (events: WatchEvent<KubeObject>[]) => void, signal: AbortSignal) {
    this.asked.push(`watch ${resourceVersion}`)
    const script = this.watches.shift()
    if (script) return script(onEvents)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  }
}

function start(server: Server) {
  const snapshots: Snapshot<KubeObject>[] = []
  const waits: number[] = []
  const timing = { wait: async (ms: number) => void waits.push(ms), schedule: (flush: () => void) => flush() }
  const watch = new ListWatch(server, timing, (snapshot) => snapshots.push(snapshot))
  const done = watch.run()
  const settled = async () => {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    watch.stop()
    await done
  }
  return { snapshots, waits, settled, names: () => snapshots.at(-1)!.items.map((item) => `${item.metadata.name}@${item.metadata.resourceVersion}`) }
}

test('lists page by page, then watches from the revision of the last page', async () => {
  const server = new Server()
  server.lists = [list('5', [object('a', '1')], 'next'), list('7', [object('b', '2')])]
  const run = start(server)
  await run.settled()
  expect(server.asked).toEqual(['list', 'list next', 'watch 7'])
  expect(run.names()).toEqual(['a@1', 'b@2'])
})

test('applies additions, changes and deletions in the order they come', async () => {
  const server = new Server()
  server.lists = [list('5', [object('a', '1'), object('b', '2')])]
  server.watches = [(onEvents) => onEvents([{ type: 'ADDED', object: object('c', '6') }, { type: 'MODIFIED', object: object('a', '7') }, { type: 'DELETED', object: object('b', '8') }])]
  const run = start(server)
  await run.settled()
  expect(run.names()).toEqual(['a@7', 'c@6'])
})

test('goes on after the revision of a bookmark when the server ends the watch', async () => {
  const server = new Server()
  server.lists = [list('5', [])]
  server.watches = [(onEvents) => onEvents([{ type: 'BOOKMARK', object: object('', '42') }])]
  const run = start(server)
  await run.settled()
  expect(server.asked).toEqual(['list', 'watch 5', 'watch 42'])
})

test('lists anew when the history is gone', async () => {
  const server = new Server()
  server.lists = [list('5', [object('a', '1')]), list('90', [object('b', '80')])]
  server.watches = [(onEvents) => onEvents([{ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old' } as unknown as KubeObject }])]
  const run = start(server)
  await run.settled()
  expect(server.asked).toEqual(['list', 'watch 5', 'list', 'watch 90'])
  expect(run.names()).toEqual(['b@80'])
})

test('an object that did not change is the same one after a new list', async () => {
  const server = new Server()
  server.lists = [list('5', [object('a', '1')]), list('90', [object('a', '1')])]
  server.watches = [() => { throw new ApiError(410, 'Expired', 'gone') }]
  const run = start(server)
  await run.settled()
  expect(run.snapshots.at(-1)!.items[0]).toBe(run.snapshots[0]!.items[0])
})

test('keeps what it knows while reconnecting, waits longer each time, and says why', async () => {
  const server = new Server()
  server.lists = [list('5', [object('a', '1')])]
  const lost = () => { throw new ApiError(0, '', 'unreachable') }
  server.watches = [lost]
  const run = start(server)
  await run.settled()
  const reconnecting = run.snapshots.find((snapshot) => snapshot.state === 'reconnecting')!
  expect(reconnecting.problem).toBe('unreachable')
  expect(reconnecting.items).toHaveLength(1)
  expect(run.waits).toEqual([500])
})

test('backs off while the list fails, up to ten seconds', async () => {
  const server = new Server()
  server.lists = Array.from({ length: 7 }, () => new ApiError(503, '', 'down'))
  server.lists.push(list('1', []))
  const run = start(server)
  await run.settled()
  expect(run.waits).toEqual([500, 1000, 2000, 4000, 8000, 10000, 10000])
})

test('tells a refusal from a lost connection', async () => {
  const server = new Server()
  server.lists = [new ApiError(403, 'Forbidden', 'devices is forbidden'), list('1', [])]
  const run = start(server)
  await run.settled()
  expect(run.snapshots[0]).toMatchObject({ state: 'refused', problem: 'devices is forbidden' })
})
