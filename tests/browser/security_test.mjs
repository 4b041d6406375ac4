// What comes from devices, people and other pages can neither become code here nor do more than the user may.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Browser } from './browser.mjs'
import { kPages } from './pages.mjs'
import { Platform } from './platform.mjs'

const kEvil = `<img src=x onerror="globalThis.taken=1"><script>globalThis.taken=1</script><b>not bold</b>`
let platform
let browser
before(async () => {
  platform = await Platform.start()
  browser = await Browser.start()
  await platform.addDevice('board-1', 'sim')
  await platform.addApplication('blink', { deviceNames: ['board-1'] }, { permissions: ['led:0'] })
})
after(async () => {
  await browser?.stop()
  await platform?.stop()
})

/** A module that logs the text once a run. */
async function moduleThatLogs(text) {
  const source = path.join(platform.home, 'evil.wat')
  const data = [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
  await writeFile(source, `(module (import "wasmbed_device" "log" (func $log (param i32 i32 i32) (result i32))) (memory (export "memory") 1) (data (i32.const 16) "${data}")
    (func (export "_start") (drop (call $log (i32.const 2) (i32.const 16) (i32.const ${Buffer.byteLength(text)})))))`)
  await promisify(execFile)('wat2wasm', [source, '-o', `${source}.wasm`])
  return (await readFile(`${source}.wasm`)).toString('base64')
}

test('what an app logs stays text, wherever it is shown', async () => {
  const inline = await moduleThatLogs(`${kEvil}\u001b[2J\u0007 end`)
  await platform.apply({ apiVersion: 'wasmbed.io/v1alpha1', kind: 'Application', metadata: { name: 'evil', annotations: { note: kEvil } }, spec: { language: 'wasm', module: { inline }, target: { deviceNames: ['board-1'] }, config: { args: [kEvil] }, restart: { policy: 'OnFailure' } } })
  const page = await browser.windowOf(platform, await platform.token('eve', 'editor'))
  for (const address of ['/devices/board-1/logs', '/monitoring/logs', '/applications/evil/logs', '/devices/board-1/console']) {
    await page.goto(address)
    const shown = page.getByText(kEvil).first()
    await shown.waitFor()
    assert.ok(!(await shown.textContent()).includes('\u001b'), address)
    assert.equal(await page.locator('img[src="x"], b').count(), 0, address)
  }
  for (const address of ['/applications/evil/yaml', '/applications/evil']) {
    await page.goto(address)
    await page.getByText('not bold').first().waitFor()
    assert.equal(await page.locator('img[src="x"]').count(), 0, address)
  }
  await page.goto('/terminal')
  await page.getByLabel('Command').fill('logs evil')
  await page.keyboard.press('Enter')
  await page.getByRole('log', { name: 'Output' }).getByText('not bold').first().waitFor()
  assert.equal(await page.evaluate(() => globalThis.taken), undefined)
})

test('the policy runs no inline script and sends nothing elsewhere', async () => {
  const page = await browser.windowOf(platform, await platform.token('carl', 'viewer'))
  const policy = (await (await page.goto('/')).allHeaders())['content-security-policy']
  for (const part of ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) assert.ok(policy.includes(part), `${part} is not in ${policy}`)
  assert.ok(!policy.includes('unsafe'), policy)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  const refused = page.evaluate(() => new Promise((resolve) => document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective))))
  await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'globalThis.taken = 1'
    document.body.append(script)
  })
  assert.match(await refused, /^script-src/)
  assert.equal(await page.evaluate(() => globalThis.taken), undefined)
  browser.errors = browser.errors.filter((text) => !text.includes('Content Security Policy'))
})

/** Controls that change something. */
const kChanges = /^(Actions|Approve|Reject|Deploy|Add devices|New revision|Pause rollout|Resume rollout|Save|Open|Close now|Drain…|End the drain|Edit|Send|Set|Create \d+ .*|Labels…|Suspend|Delete)$/

async function offered(page) {
  const buttons = page.locator('main').getByRole('button', { name: kChanges }).or(page.locator('main').getByRole('link', { name: kChanges }))
  const names = []
  for (const button of await buttons.all()) if (await button.isEnabled()) names.push((await button.textContent()).trim())
  return [...names, ...(await page.getByLabel(/^Select /).all()).map(() => 'a box to select a row')]
}

test('a viewer is shown no control that changes something, on any page; an editor is', async () => {
  const shown = async (role) => {
    const page = await browser.windowOf(platform, await platform.token(`a-${role}`, role))
    const found = {}
    for (const { name, path: address } of kPages.filter(({ viewer = true }) => viewer)) {
      await page.goto(address)
      await page.locator('main h1').waitFor()
      await page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'))
      const controls = await offered(page)
      if (controls.length > 0) found[name] = controls
    }
    return found
  }
  assert.deepEqual(await shown('viewer'), {})
  const editor = await shown('editor')
  for (const [page, control] of [['devices', 'Add devices'], ['device', 'Actions'], ['applications', 'Deploy'], ['application', 'New revision']]) assert.ok(editor[page]?.includes(control), `${control} on ${page}: ${editor[page]}`)
})

test('a viewer cannot delete, neither by a click nor by the terminal nor by the API', async () => {
  const page = await browser.windowOf(platform, await platform.token('victor', 'viewer'))
  await page.goto('/devices/board-1')
  await page.getByRole('heading', { name: 'board-1' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Actions' }).count(), 0)
  await page.goto('/terminal')
  await page.getByLabel('Command').fill('delete device board-1')
  await page.keyboard.press('Enter')
  await page.getByRole('log', { name: 'Output' }).getByText(/victor.*cannot|forbidden/i).first().waitFor()
  const answer = await page.request.delete('/apis/wasmbed.io/v1alpha1/namespaces/wasmbed/devices/board-1', { headers: { 'X-Wasmbed': '1' } })
  assert.equal(answer.status(), 403)
  assert.equal((await platform.get('device', 'board-1')).metadata.deletionTimestamp, undefined)
})

test('another page cannot use the session', async () => {
  const page = await browser.windowOf(platform, await platform.token('carla', 'admin'))
  const target = '/apis/wasmbed.io/v1alpha1/namespaces/wasmbed/devices/board-1'
  for (const headers of [{}, { 'X-Wasmbed': '1', Origin: 'http://127.0.0.1:1' }, { 'X-Wasmbed': '1', Host: 'evil.example' }]) {
    const answer = await page.request.delete(target, { headers })
    assert.ok([403, 421].includes(answer.status()), `${JSON.stringify(headers)}: ${answer.status()}`)
  }
})

test('no script broke', () => browser.assertNoErrors())
