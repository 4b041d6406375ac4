// Deploying by hand: a module is uploaded, looked at, and runs; a bad one is refused with the reason.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { Platform, module } from './platform.mjs'

let platform
let browser
let page
before(async () => {
  platform = await Platform.start()
  browser = await Browser.start()
  await platform.addDevice('board-1', 'mps2-an385', { room: 'lab' })
  await platform.addDevice('sim-1')
  page = await browser.windowOf(platform, await platform.token('eve', 'editor'))
})
after(async () => {
  await browser?.stop()
  await platform?.stop()
})

const deploy = () => page.getByRole('button', { name: 'Deploy', exact: true })
const upload = (file) => page.getByLabel('Module file').setInputFiles(file)

test('an uploaded module runs on the devices that were chosen by label', async () => {
  await page.goto('/applications/new')
  await upload(module('hello'))
  await page.getByText('1 device matches now').or(page.getByText('2 devices match now')).waitFor()
  await page.getByRole('combobox', { name: 'Labels that a device must have' }).fill('room=lab')
  await page.keyboard.press('Enter')
  await page.getByText('1 device matches now').waitFor()
  await page.getByText('when it failed', { exact: true }).click() // hello ends, which is no failure
  await deploy().click()
  await page.waitForURL(/\/applications\/hello$/)
  await page.getByRole('tab', { name: /^Devices/ }).click()
  await page.getByRole('row', { name: /board-1/ }).getByText('Completed').waitFor()
  await platform.waitFor('hello to be completed', async () => (await platform.get('application', 'hello')).status?.completed === 1)
})

test('a module that is dragged over the page and dropped is taken as a chosen one is', async () => {
  await page.goto('/applications/new')
  const zone = page.getByText('Drop a .wasm file here').locator('..')
  const dragged = async (name, content) =>
    page.evaluateHandle(([fileName, base64]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], fileName, { type: 'application/wasm' }))
      return transfer
    }, [name, content.toString('base64')])
  const drag = async (dataTransfer) => {
    await zone.dispatchEvent('dragover', { dataTransfer })
    await page.locator('.drop.over').waitFor()
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer })
    await page.locator('.drop.over').waitFor({ state: 'detached' })
  }
  await drag(await dragged('broken.wasm', Buffer.from('not a module')))
  await page.getByText('This module cannot be used').waitFor()
  await page.goto('/applications/new')
  const { length } = await readFile(module('blink'))
  await drag(await dragged('Blink it.wasm', await readFile(module('blink'))))
  await page.getByText(`Blink it.wasm, ${length} B`).waitFor()
  await page.getByText('wasmbed_device.led_set').first().waitFor()
  assert.equal(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue(), 'blink-it')
})

test('an import without its permission is told before anything is sent', async () => {
  await page.goto('/applications/new')
  await upload(module('blink'))
  await page.getByText(/led/i).first().waitFor()
  await page.getByRole('list').getByText(/permission/i).first().waitFor()
})

test('a template brings its permissions along and runs', async () => {
  await page.goto('/applications/new')
  await page.getByRole('group', { name: 'Templates' }).getByRole('button', { name: /Blink/ }).click()
  await deploy().click()
  await page.waitForURL(/\/applications\/blink$/)
  await platform.waitFor('blink to run on both', async () => (await platform.get('application', 'blink')).status?.running === 2)
  await page.getByText('Running').first().waitFor()
})

test('a file that is no module is refused in the browser', async () => {
  await page.goto('/applications/new')
  await upload({ name: 'broken.wasm', mimeType: 'application/wasm', buffer: Buffer.from('not a module') })
  await page.getByText('This module cannot be used').waitFor()
  if (await deploy().isEnabled()) throw new Error('it could be deployed')
})

// (module (memory (export "memory") 1) (func (export "_start") i32.add drop)): well-formed, and nothing for i32.add to add.
const kInvalid = Buffer.from('0061736d010000000104016000000302010005030100010713020' + '66d656d6f72790200065f737461727400000a0601' + '04006a1a0b', 'hex')

test('a module that devices would not load is refused by the platform, with the rule and the place', async () => {
  await page.goto('/applications/new')
  await upload({ name: 'invalid.wasm', mimeType: 'application/wasm', buffer: kInvalid })
  await deploy().click()
  await page.waitForURL(/\/applications\/invalid$/)
  await page.getByText('InvalidModule').first().waitFor()
  const { status } = await platform.get('application', 'invalid')
  const { message } = status.conditions.find(({ type }) => type === 'Accepted')
  await page.getByText(message).first().waitFor()
})

test('no script broke and the policy refused nothing', () => browser.assertNoErrors())
