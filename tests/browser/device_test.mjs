// One emulated board: its console, its sensor, its power, its certificate, and how it is removed.
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
  await platform.addDevice('board-1', 'mps2-an385')
  page = await browser.windowOf(platform, await platform.token('eve', 'editor'))
})
after(async () => {
  await browser?.stop()
  await platform?.stop()
})

async function choose(action) {
  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: action, exact: true }).click()
}

test('the console shows what the board printed, and what it answers to what is typed', async () => {
  await page.goto('/devices/board-1/console')
  await page.getByRole('log', { name: 'Console of board-1' }).getByText(/wasmbed .* on mps2-an385/).waitFor()
  // The firmware of mps2-an385 has no room for commands; sim's answers.
  await platform.addDevice('sim-1')
  await page.goto('/devices/sim-1/console')
  const console = page.getByRole('log', { name: 'Console of sim-1' })
  const input = page.getByLabel('Line to type into the console')
  await input.fill('info')
  await input.press('Enter')
  await console.getByText(/> info\s+wasmbed \S+ on sim, up \d+ ms after [\w-]+, wasmbed\/sim-1, connected/).waitFor()
  assert.equal(await input.inputValue(), '')
  await input.fill('dance')
  await input.press('Enter')
  await console.getByText(/no such command; there are: info, apps, reset, help/).waitFor()
})

test('a sensor measures what is set, and what cannot be set is refused in words', async () => {
  await page.goto('/devices/board-1/board')
  const wanted = page.getByLabel('Make temperature measure')
  await wanted.fill('36.5')
  await page.getByRole('button', { name: 'Set', exact: true }).click()
  await page.getByText('temperature 36.5 °C').waitFor()
  assert.equal(await platform.wasmbed('device', 'sensors', 'board-1'), 'temperature 36.5')
  await wanted.fill('1000')
  await page.getByRole('button', { name: 'Set', exact: true }).click()
  await page.getByRole('alert').getByText(/out of range/).waitFor()
})

test('a power cut is asked about, done, and shown; power on brings the board back', async () => {
  await page.goto('/devices/board-1')
  await choose('Power off')
  await page.getByRole('dialog').getByText(/board-1/).first().waitFor()
  await page.getByRole('dialog').getByRole('button', { name: /Power off/ }).click()
  await platform.waitFor('the board to be off', async () => (await platform.get('device', 'board-1')).status.emulation.state === 'Stopped')
  await page.getByText(/Disconnected|Unreachable/).first().waitFor()
  await choose('Power on')
  await page.getByText('Connected', { exact: true }).first().waitFor()
})

test('a certificate that is revoked is listed as such, and its session ends', async () => {
  const { serial } = (await platform.get('device', 'board-1')).status.identity
  await page.goto('/devices/board-1/certificate')
  await page.getByText(serial).first().waitFor()
  await choose('Revoke certificate')
  await page.getByRole('dialog').getByRole('textbox').fill('board-1')
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke certificate' }).click()
  await page.getByRole('heading', { name: 'Revoked certificates' }).waitFor()
  await page.getByRole('row', { name: new RegExp(serial) }).waitFor()
  await platform.waitFor('the end of the session', async () => (await platform.get('device', 'board-1')).status.phase !== 'Connected')
})

test('a device is deleted once its name was typed', async () => {
  await platform.addDevice('sim-1')
  await page.goto('/devices/sim-1')
  await choose('Delete')
  const dialog = page.getByRole('dialog')
  const remove = dialog.getByRole('button', { name: /Delete/ })
  await remove.waitFor()
  assert.equal(await remove.isDisabled(), true)
  await dialog.getByLabel(/Type sim-1 to confirm/).fill('sim-1')
  await remove.click()
  await page.waitForURL(/\/devices$/)
  await platform.waitFor('the device to be gone', async () => platform.get('device', 'sim-1').then(() => false, () => true))
})

test('no script broke and the policy refused nothing', () => browser.assertNoErrors())
