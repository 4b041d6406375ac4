// Many devices at once: labels, suspension, deletion; what a device should have and has; what its apps use.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { Platform } from './platform.mjs'

const kNames = ['sim-1', 'sim-2', 'sim-3']
let platform
let browser
let page
before(async () => {
  platform = await Platform.start()
  browser = await Browser.start()
  await platform.patch('gateway', 'default', { spec: { heartbeatSeconds: 5 } })
  await Promise.all(kNames.map((name) => platform.addDevice(name)))
  await platform.addApplication('blink', { selector: { matchLabels: { site: 'lab' } } }, { permissions: ['led:0'] })
  page = await browser.windowOf(platform, await platform.token('eve', 'editor'))
})
after(async () => {
  await browser?.stop()
  await platform?.stop()
})

const bulk = () => page.getByRole('region', { name: 'Actions on selected devices' })
const dialog = () => page.getByRole('dialog')
const device = (name) => platform.get('device', name)
const appState = async (name) => (await device(name)).status.applications?.find((app) => app.name === 'blink')?.state

async function select(...names) {
  await page.goto('/devices')
  for (const name of names) await page.getByLabel(`Select ${name}`, { exact: true }).check()
  await bulk().getByText(`${names.length} selected`).waitFor()
}

test('filters and order are the address of the page: it shows the same to whom it is sent', async () => {
  const shown = async (window) => (await window.getByRole('table', { name: 'Devices' }).getByRole('link').allTextContents()).filter((text) => kNames.includes(text))
  await page.goto('/devices')
  await page.getByRole('link', { name: 'sim-3', exact: true }).waitFor()
  await page.getByRole('columnheader', { name: /^Name/ }).getByRole('button').click()
  await page.getByRole('combobox', { name: 'State' }).click()
  await page.getByRole('option', { name: 'Connected', exact: true }).click()
  await page.getByLabel('Search devices').fill('sim')
  await page.getByText('3 of 3').waitFor()
  assert.deepEqual(await shown(page), ['sim-3', 'sim-2', 'sim-1'])
  const saved = new URL(page.url())
  assert.equal(saved.searchParams.get('phase'), 'Connected')
  assert.equal(saved.searchParams.get('q'), 'sim')

  const other = await browser.windowOf(platform, await platform.token('vera', 'viewer'))
  await other.goto(saved.pathname + saved.search)
  await other.getByText('3 of 3').waitFor()
  assert.deepEqual(await shown(other), ['sim-3', 'sim-2', 'sim-1'])
  assert.equal(await other.getByLabel('Search devices').inputValue(), 'sim')
  await other.reload()
  await other.getByText('3 of 3').waitFor()
  await other.getByLabel('Search devices').fill('sim-2')
  await other.getByText('1 of 3').waitFor()
  await other.getByRole('button', { name: 'Clear', exact: true }).click()
  await other.getByText('3 in this namespace').waitFor()
  assert.deepEqual(await shown(other), ['sim-3', 'sim-2', 'sim-1'], 'the order stays')
})

test('labels are set on the selected devices, and an application that chooses by them follows', async () => {
  await select('sim-1', 'sim-2')
  await bulk().getByRole('button', { name: 'Labels…' }).click()
  const set = dialog().getByRole('combobox', { name: 'Set' })
  await set.fill('no label')
  await page.keyboard.press('Enter')
  await dialog().getByText(/is no label/).waitFor()
  assert.equal(await dialog().getByRole('button', { name: 'Save' }).isDisabled(), true)
  await page.keyboard.press('Backspace')
  await set.fill('site=lab')
  await page.keyboard.press('Enter')
  await dialog().getByRole('button', { name: 'Save' }).click()
  await platform.waitFor('blink on both', async () => (await appState('sim-1')) === 'Running' && (await appState('sim-2')) === 'Running')
  assert.equal((await device('sim-3')).metadata.labels?.site, undefined)
  await page.getByRole('row', { name: /sim-1/ }).getByText('site=lab').waitFor()
})

test('the selected devices are suspended, and go on', async () => {
  await select('sim-1', 'sim-2')
  await bulk().getByRole('button', { name: 'Suspend' }).click()
  await dialog().getByText('sim-1, sim-2').waitFor()
  await dialog().getByRole('button', { name: 'Suspend 2' }).click()
  await platform.waitFor('both to stop blink', async () => (await appState('sim-1')) === 'Stopped' && (await appState('sim-2')) === 'Stopped')
  await page.getByRole('row', { name: /sim-2/ }).getByText('Connected, suspended').waitFor()
  await select('sim-1', 'sim-2')
  await bulk().getByRole('button', { name: 'Resume' }).click()
  await platform.waitFor('both to run blink', async () => (await appState('sim-1')) === 'Running' && (await appState('sim-2')) === 'Running')
})

test('the shadow shows what is desired and reported, and is edited', async () => {
  await page.goto('/devices/sim-1')
  await page.getByText('In sync').waitFor()
  const { manifestSha256 } = (await device('sim-1')).status.applications[0]
  for (const side of ['Desired state', 'Reported state']) await page.getByRole('region', { name: side }).getByText(manifestSha256.slice(0, 16)).waitFor()
  await page.getByLabel('Runs its apps').click()
  await platform.waitFor('blink to be stopped', async () => (await appState('sim-1')) === 'Stopped')
  await page.getByRole('region', { name: 'Desired state' }).getByText('"runs": false').waitFor()
  await page.getByText('In sync').waitFor()
  await page.getByLabel('Runs its apps').click()
  await platform.waitFor('blink to run', async () => (await appState('sim-1')) === 'Running')
})

test('memory and fuel of a device’s apps are charted as its heartbeats tell', async () => {
  const usage = async () => (await page.request.get('/metrics/devices/wasmbed/sim-1?from=-600')).json()
  const { memoryBytes } = await platform.waitFor('a heartbeat with blink in memory', async () => {
    const found = await usage()
    return found.memoryBytes.some((value) => value >= 65_536) && found
  })
  const { capacity } = (await device('sim-1')).status
  assert.ok(Math.max(...memoryBytes.filter((value) => value !== null)) <= capacity.ram)
  await platform.waitFor('fuel between two heartbeats', async () => (await usage()).fuelPerSecond.some((value) => value > 0))
  await page.goto('/devices/sim-1')
  await page.getByRole('img', { name: /^Memory of the apps: held \d/ }).waitFor()
  await page.getByRole('img', { name: /^Fuel per second/ }).waitFor()
})

test('the selected devices are deleted once their number was typed', async () => {
  await select('sim-2', 'sim-3')
  await bulk().getByRole('button', { name: 'Delete', exact: true }).click()
  const remove = dialog().getByRole('button', { name: 'Delete 2' })
  assert.equal(await remove.isDisabled(), true)
  await dialog().getByLabel(/Type 2 devices to confirm/).fill('2 devices')
  await remove.click()
  await page.getByText('Deleted: 2 devices').waitFor()
  await platform.waitFor('them to be gone', async () => (await platform.wasmbed('get', 'devices', '-o', 'name')) === 'device.wasmbed.io/sim-1')
  await page.getByRole('link', { name: 'sim-2', exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'sim-1', exact: true }).waitFor()
})

test('no script broke and the policy refused nothing', () => browser.assertNoErrors())
