import { expect, test } from 'vitest'
import type { Application, Device, Gateway } from '@/api/types.gen'
import { attentionOf } from './attention'
import { type DeviceFilter, matchesFilter, type Phase } from './device_state'

const kNow = Date.parse('2026-06-01T00:00:00Z')
const device = (name: string, phase: Phase, status: object = {}, labels: Record<string, string> = {}): Device => ({ metadata: { name, labels }, spec: { board: 'sim' }, status: { phase, ...status } })
const everything: DeviceFilter = { text: '', phases: [], boards: [], gateways: [], apps: [], labels: [] }

test('a fleet that does what it should needs nobody', () => {
  const gateway = { metadata: { name: 'g' }, spec: {}, status: { conditions: [{ type: 'Ready', status: 'True' }] } } as Gateway
  expect(attentionOf({ devices: [device('a', 'Connected'), device('b', 'Pending')], applications: [], gateways: [gateway] }, kNow)).toEqual([])
})

test('the worst comes first, and many devices with one trouble are one line', () => {
  const devices = [device('a', 'Disconnected'), device('b', 'Unreachable'), device('c', 'Unreachable')]
  const found = attentionOf({ devices, applications: [], gateways: [] }, kNow)
  expect(found.map((entry) => [entry.tone, entry.title, entry.to])).toEqual([
    ['bad', 'Devices: 2 unreachable', '/devices?phase=Unreachable'],
    ['warn', 'Device a: disconnected', '/devices/a'],
  ])
})

test('a refused application shows the controller’s own reason', () => {
  const application = { metadata: { name: 'x' }, status: { conditions: [{ type: 'Accepted', status: 'False', reason: 'UnknownImport', message: 'module imports env.abort' }] } } as unknown as Application
  expect(attentionOf({ devices: [], applications: [application], gateways: [] }, kNow)[0]).toMatchObject({ tone: 'bad', text: 'module imports env.abort', to: '/applications/x' })
})

test('a certificate is shown thirty days before its end', () => {
  const ending = (notAfter: string) => device('a', 'Connected', { identity: { notAfter, certificate: '', serial: '', publicKeySha256: '' } })
  expect(attentionOf({ devices: [ending('2026-06-20T00:00:00Z')], applications: [], gateways: [] }, kNow)).toHaveLength(1)
  expect(attentionOf({ devices: [ending('2026-07-20T00:00:00Z')], applications: [], gateways: [] }, kNow)).toHaveLength(0)
})

test('a gateway whose certificate ends soon is named', () => {
  const gateway = (notAfter: string) => ({ metadata: { name: 'g' }, spec: {}, status: { conditions: [{ type: 'Ready', status: 'True' }], certificate: { serial: '01', notAfter } } }) as Gateway
  expect(attentionOf({ devices: [], applications: [], gateways: [gateway('2026-06-20T00:00:00Z')] }, kNow)).toMatchObject([{ tone: 'warn', to: '/gateways/g' }])
  expect(attentionOf({ devices: [], applications: [], gateways: [gateway('2027-06-20T00:00:00Z')] }, kNow)).toEqual([])
})

test('a filter’s parts must all hold, of each part any value', () => {
  const lab = device('lab-1', 'Connected', { session: { gateway: 'g1', epoch: 1 }, applications: [{ name: 'blink', uid: 'u', state: 'Running' }] }, { site: 'lab' })
  const matches = (filter: Partial<DeviceFilter>) => matchesFilter(lab, { ...everything, ...filter })
  expect(matches({ phases: ['Connected', 'Pending'], gateways: ['g1'] })).toBe(true)
  expect(matches({ phases: ['Pending'], gateways: ['g1'] })).toBe(false)
  expect(matches({ labels: ['site=lab'] })).toBe(true)
  expect(matches({ labels: ['site=field'] })).toBe(false)
  expect(matches({ labels: ['site'] })).toBe(true)
  expect(matches({ apps: ['other'] })).toBe(false)
  expect(matches({ text: 'SITE=L' })).toBe(true)
})
