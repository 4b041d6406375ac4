// A gateway's settings, clicked, and what they do: timeouts, pairing with approval and rejection, drain, its certificate.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import { BareDevice } from './bare_device.mjs'
import { Browser } from './browser.mjs'
import { Platform } from './platform.mjs'

let platform
let browser
let page
const bare = []
before(async () => {
  platform = await Platform.start()
  browser = await Browser.start()
  await platform.addDevice('sim-1')
  page = await browser.windowOf(platform, await platform.token('ada', 'admin'))
})
after(async () => {
  for (const device of bare) await device.stop()
  await browser?.stop()
  await platform?.stop()
})

const gateway = () => platform.get('gateway', 'default')
const button = (name) => page.getByRole('button', { name, exact: true })
const state = async (device) => (await page.request.get(`/gateways/wasmbed/default/v1/namespaces/wasmbed/devices/${device}/state`)).json()

test('the certificate that is shown is the one that callers are shown', async () => {
  const { api, certificate } = await platform.waitFor('the certificate', async () => (await gateway()).status?.certificate && (await gateway()).status)
  const peer = await new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port: Number(new URL(api).port), rejectUnauthorized: false }, () => resolve(socket.getPeerCertificate()))
    socket.on('error', reject)
    socket.on('secureConnect', () => socket.end())
  })
  assert.equal(certificate.serial, peer.serialNumber.toLowerCase())
  assert.equal(Date.parse(certificate.notAfter), Date.parse(peer.valid_to))
  await page.goto('/gateways/default')
  await page.getByText(certificate.serial).waitFor()
  await page.getByText('Certificate ends').waitFor()
})

test('timeouts stay within their bounds, and the gateway goes by them', async () => {
  await page.goto('/gateways/default')
  const heartbeat = page.getByLabel('Heartbeat, seconds')
  await heartbeat.fill('5000')
  await heartbeat.blur()
  assert.equal(await heartbeat.inputValue(), '3600')
  await heartbeat.fill('1')
  await page.getByLabel('Unreachable after, seconds').fill('1')
  await button('Save').click()
  await platform.waitFor('the settings', async () => {
    const { spec } = await gateway()
    return spec.heartbeatSeconds === 1 && spec.unreachableSeconds === 1
  })
  // Heartbeats come every second now; the next of the default's would be half a minute away.
  await platform.wasmbed('device', 'reset', 'sim-1')
  const beats = new Set()
  await platform.waitFor('five heartbeats', async () => {
    const { uptimeMs, usage } = await state('sim-1')
    if (usage?.memoryBytes !== undefined) beats.add(uptimeMs)
    return beats.size >= 5
  })
  // And a device that goes is unreachable after one second, not after a minute and a half.
  await platform.wasmbed('device', 'power', 'off', 'sim-1')
  await platform.waitFor('it to be unreachable', async () => (await platform.get('device', 'sim-1')).status.phase === 'Unreachable')
  await platform.wasmbed('device', 'power', 'on', 'sim-1')
  await platform.waitFor('it to be back', async () => (await platform.get('device', 'sim-1')).status.phase === 'Connected')
})

test('pairing lets a device ask that nobody announced; approved by a click, it takes part', async () => {
  await page.goto('/gateways/default')
  await page.getByText('Closed: only devices with a valid token').waitFor()
  await page.getByRole('radiogroup', { name: 'Minutes' }).getByText('5 min', { exact: true }).click()
  await button('Open').click()
  await page.getByText(/Open for \d+ (min|s) more/).waitFor()
  const { until } = (await gateway()).spec.pairing
  assert.ok(Date.parse(until) > Date.now() && Date.parse(until) <= Date.now() + 301_000, until)

  bare.push(await BareDevice.start(platform, 'bare-1'))
  await page.goto('/devices?show=waiting')
  const link = page.getByRole('link', { name: /^device-[0-9a-f]{10}$/ })
  await link.waitFor({ timeout: 60_000 })
  const name = await link.textContent()
  await link.click()
  await button('Approve').click()
  await page.getByRole('dialog').getByText(name).first().waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await platform.waitFor('the approved device to connect', async () => (await platform.get('device', name)).status.phase === 'Connected')
  await page.getByText('Connected', { exact: true }).first().waitFor()
})

test('rejected by a click, it stays out', async () => {
  bare.push(await BareDevice.start(platform, 'bare-2'))
  await page.goto('/devices?show=waiting')
  const row = page.getByRole('row', { name: /Waits for approval/ })
  await row.waitFor({ timeout: 60_000 })
  const name = await row.getByRole('link').textContent()
  // From the table, as one of many.
  await page.getByLabel(`Select ${name}`).check()
  const bulk = page.getByRole('region', { name: 'Actions on selected devices' })
  await bulk.getByRole('button', { name: 'Reject' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click()
  const device = await platform.waitFor('the rejection', async () => {
    const found = await platform.get('device', name)
    return found.status.conditions.some(({ type, reason }) => type === 'Ready' && reason === 'Rejected') && found
  })
  assert.equal(device.status.identity, undefined)
  await page.goto(`/devices/${name}`)
  await page.getByText('Rejected', { exact: true }).first().waitFor()
})

test('pairing is closed by a click', async () => {
  await page.goto('/gateways/default')
  await button('Close now').click()
  await page.getByText('Closed: only devices with a valid token').waitFor()
  await platform.waitFor('the closing', async () => !(await gateway()).spec.pairing?.until)
})

test('a drain sends the devices away, and its end brings them back', async () => {
  await page.goto('/gateways/default')
  await button('Drain…').click()
  await page.getByRole('dialog').getByText(/takes no new session/).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click()
  await platform.waitFor('the last session to leave', async () => {
    const { status } = await gateway()
    return status.draining === 0 && status.connected === 0
  })
  await page.getByText('No session is left').waitFor()
  assert.notEqual((await platform.get('device', 'sim-1')).status.phase, 'Connected')
  await button('End the drain').click()
  await platform.waitFor('the device to be back', async () => (await platform.get('device', 'sim-1')).status.phase === 'Connected')
  await page.getByText('Sends the devices to other gateways').waitFor()
})

test('no script broke and the policy refused nothing', () => browser.assertNoErrors())
