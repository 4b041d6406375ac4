// Pages follow the objects without being reloaded, also when roles go and come back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { Platform } from './platform.mjs'

let platform
let browser
let page
before(async () => {
  platform = await Platform.start()
  browser = await Browser.start()
  page = await browser.window(platform)
  await page.goto(platform.loginLink)
})
after(async () => {
  await browser?.stop()
  await platform?.stop()
})

/** Fails when the page was loaded anew in between. */
async function withoutReload(act) {
  await page.evaluate(() => (globalThis.stillThere = true))
  await act()
  assert.equal(await page.evaluate(() => globalThis.stillThere), true, 'the page was reloaded')
}

const link = (name) => page.getByRole('link', { name, exact: true })

test('a device appears in the table, connects, and goes, while one looks', async () => {
  await page.getByRole('link', { name: 'Devices' }).first().click()
  await page.getByRole('heading', { name: 'Devices' }).waitFor()
  await withoutReload(async () => {
    await platform.addDevice('board-1', 'mps2-an385', { room: 'lab' })
    await link('board-1').waitFor()
    await page.getByText('Connected', { exact: true }).first().waitFor()
    await platform.addDevice('sim-1')
    await link('sim-1').waitFor()
    await platform.wasmbed('delete', 'device', 'sim-1')
    await link('sim-1').waitFor({ state: 'detached' })
  })
})

test('an app that is applied elsewhere shows as running on its device', async () => {
  await page.goto('/devices/board-1')
  await page.getByRole('heading', { name: 'board-1' }).waitFor()
  await withoutReload(async () => {
    await platform.addApplication('blink', { deviceNames: ['board-1'] }, { permissions: ['led:0'] })
    const row = page.getByRole('row', { name: /blink/ })
    await row.getByText('Running').waitFor()
    await page.getByRole('tab', { name: 'Logs' }).click()
    await page.getByText(/blink \d+/).first().waitFor()
  })
})

test('a gateway that is killed comes back, and the page with it', async () => {
  await page.goto('/devices/board-1')
  await page.getByText('Connected', { exact: true }).first().waitFor()
  await withoutReload(async () => {
    const before = (await platform.get('device', 'board-1')).status.session.epoch
    await platform.kill('gateway')
    await platform.waitFor('a new session', async () => (await platform.get('device', 'board-1')).status.session.epoch > before)
    const session = page.getByRole('region', { name: 'Session' }).or(page.locator('section', { has: page.getByRole('heading', { name: 'Session' }) }))
    await session.getByText(String(before + 1), { exact: true }).first().waitFor()
    await page.getByText('Connected', { exact: true }).first().waitFor()
  })
})

test('an API server that is killed comes back, and the page goes on by itself', async () => {
  await page.goto('/devices')
  await link('board-1').waitFor()
  await withoutReload(async () => {
    await platform.kill('apiserver')
    await platform.waitFor('the API server', async () => platform.get('device', 'board-1'))
    await platform.wasmbed('device', 'power', 'off', 'board-1')
    await page.getByRole('row', { name: /board-1/ }).getByText(/Disconnected|Unreachable/).waitFor({ timeout: 60_000 })
  })
})

test('no script broke and the policy refused nothing', () => browser.assertNoErrors())
