import { expect, test } from 'vitest'
import { StreamHub, type Socket } from './stream_hub'

class FakeSocket implements Socket {
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  sent: { open?: string; path?: string; close?: string }[] = []
  send(text: string) { this.sent.push(JSON.parse(text)) }
  close() {}
  say(message: unknown) { this.onmessage?.({ data: JSON.stringify(message) }) }
}

function open() {
  const sockets: FakeSocket[] = []
  const hub = new StreamHub(() => (sockets.push(new FakeSocket()), sockets.at(-1)!))
  return { hub, sockets }
}

test('streams share one socket, and each gets its own messages', async () => {
  const { hub, sockets } = open()
  const heard: string[] = []
  const a = hub.follow('/a', { onText: (text) => heard.push(`a ${text}`) }, new AbortController().signal)
  const b = hub.follow('/b', { onText: (text) => heard.push(`b ${text}`) }, new AbortController().signal)
  sockets[0]!.onopen!()
  expect(sockets).toHaveLength(1)
  expect(sockets[0]!.sent).toEqual([{ open: '1', path: '/a' }, { open: '2', path: '/b' }])
  sockets[0]!.say({ id: '2', text: 'two' })
  sockets[0]!.say({ id: '1', text: 'one' })
  sockets[0]!.say({ id: '1', end: true })
  sockets[0]!.say({ id: '2', end: true })
  await Promise.all([a, b])
  expect(heard).toEqual(['b two', 'a one'])
})

test('a refused stream rejects with the API server’s own reason', async () => {
  const { hub, sockets } = open()
  const refused = hub.follow('/a', {}, new AbortController().signal)
  sockets[0]!.onopen!()
  sockets[0]!.say({ id: '1', status: 403, error: { kind: 'Status', code: 403, reason: 'Forbidden', message: 'viewers may not' } })
  await expect(refused).rejects.toMatchObject({ code: 403, reason: 'Forbidden', message: 'viewers may not' })
})

test('a lost socket fails its streams, is visible, and the next stream opens a new one', async () => {
  const { hub, sockets } = open()
  const first = hub.follow('/a', {}, new AbortController().signal)
  sockets[0]!.onopen!()
  sockets[0]!.onclose!({ code: 1006 })
  await expect(first).rejects.toMatchObject({ code: 0 })
  expect(hub.isLost()).toBe(true)
  void hub.follow('/a', {}, new AbortController().signal)
  sockets[1]!.onopen!()
  expect(hub.isLost()).toBe(false)
})

test('the end of the session is told apart from a lost connection', async () => {
  const { hub, sockets } = open()
  let signedOut = 0
  hub.whenSignedOut(() => signedOut++)
  const stream = hub.follow('/a', {}, new AbortController().signal)
  sockets[0]!.onopen!()
  sockets[0]!.onclose!({ code: 4401 })
  await expect(stream).rejects.toMatchObject({ code: 401 })
  expect(signedOut).toBe(1)
  expect(hub.isLost()).toBe(false)
})

test('a connection that never opens is told apart from one that was lost', async () => {
  const { hub, sockets } = open()
  let refused = 0
  hub.whenRefused(() => refused++)
  const first = hub.follow('/a', {}, new AbortController().signal)
  sockets[0]!.onopen!()
  sockets[0]!.onclose!({ code: 1006 })
  await expect(first).rejects.toMatchObject({ code: 0 })
  expect(refused).toBe(0)
  const second = hub.follow('/a', {}, new AbortController().signal)
  sockets[1]!.onclose!({ code: 1006 })
  await expect(second).rejects.toMatchObject({ code: 0 })
  expect(refused).toBe(1)
})

test('closing a stream tells the server, and what still arrives for it is dropped', async () => {
  const { hub, sockets } = open()
  const abort = new AbortController()
  const heard: string[] = []
  const stream = hub.follow('/a', { onText: (text) => heard.push(text) }, abort.signal)
  sockets[0]!.onopen!()
  abort.abort()
  await stream
  sockets[0]!.say({ id: '1', text: 'late' })
  expect(sockets[0]!.sent.at(-1)).toEqual({ close: '1' })
  expect(heard).toEqual([])
})

test('a handler that throws ends its own stream only', async () => {
  const { hub, sockets } = open()
  const bad = hub.follow('/a', { onText: () => { throw new Error('410') } }, new AbortController().signal)
  const heard: string[] = []
  void hub.follow('/b', { onText: (text) => heard.push(text) }, new AbortController().signal)
  sockets[0]!.onopen!()
  sockets[0]!.say({ id: '1', text: 'x' })
  sockets[0]!.say({ id: '2', text: 'y' })
  await expect(bad).rejects.toThrow('410')
  expect(heard).toEqual(['y'])
})
