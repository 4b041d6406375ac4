// Running a fleet from the browser: a rollout in steps, paused and taken back; the terminal; the charts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
import { module, Platform } from './platform.mjs'

let platform
let browser
let page
before(async () => {
  platform = await Platform.start()
  browser = await Browser.start()
  for (const name of ['sim-1', 'sim-2', 'sim-3']) await platform.addDevice(name)
  await platform.addApplication('blink', { all: true }, { permissions: ['led:0'] })
  page = await browser.windowOf(platform, await platform.token('eve', 'editor'))
})
after(async () => {
  await browser?.stop()
  await platform?.stop()
})

const button = (name) => page.getByRole('button', { name, exact: true })
const rollout = async () => (await platform.get('application', 'blink')).status.rollout

test('a new revision goes out step by step, is paused, and aborted', async () => {
  await page.goto('/applications/blink/edit')
  await page.getByRole('heading', { name: 'New revision of blink' }).waitFor()
  await page.getByLabel('Module file').setInputFiles(module('hello'))
  await page.getByRole('combobox', { name: 'Steps' }).fill('1')
  await page.keyboard.press('Enter')
  await page.getByLabel('Wait for a person before each step after the first').check()
  await button('Roll out').click()
  await page.waitForURL(/\/applications\/blink$/)
  await platform.waitFor('the first step', async () => (await rollout())?.step !== undefined && (await rollout())?.complete !== true)

  await button('Pause rollout').click()
  await platform.waitFor('the pause', async () => (await platform.get('application', 'blink')).spec.rollout?.paused === true)
  await button('Resume rollout').waitFor()

  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: /Abort/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('blink').first().waitFor()
  await dialog.getByRole('button', { name: /Abort/ }).click()
  await platform.waitFor('blink to be on all again', async () => (await platform.get('application', 'blink')).status.running === 3)
  assert.ok(!(await platform.get('application', 'blink')).spec.rollout.paused)
})

test('a new revision keeps what the form does not edit', async () => {
  const target = { selector: { matchExpressions: [{ key: 'retired', operator: 'DoesNotExist' }] } }
  const batches = [{ selector: { matchExpressions: [{ key: 'canary', operator: 'Exists' }] } }, { count: 1 }]
  await platform.addApplication('hello', target, { suspended: true, restart: { policy: 'OnFailure', maxRestarts: 5, backoffMs: 250 }, rollout: { batches, maxUnavailable: 2 } })
  const before = (await platform.get('application', 'hello')).spec
  await page.goto('/applications/hello/edit')
  await page.getByRole('heading', { name: 'Kept as is' }).waitFor()
  await page.getByText('And, kept as is: !retired').waitFor()
  await page.getByRole('combobox', { name: 'Arguments' }).fill('-v')
  await page.keyboard.press('Enter')
  await page.getByRole('combobox', { name: 'Steps' }).fill('2')
  await page.keyboard.press('Enter')
  await button('Roll out').click()
  await page.waitForURL(/\/applications\/hello$/)
  const { spec } = await platform.get('application', 'hello')
  assert.deepEqual(spec, { ...before, config: { args: ['-v'] }, rollout: { ...before.rollout, batches: [...batches, { count: 2 }] } })
})

test('a step of a rollout is typed as a label selector, of several labels too', async () => {
  await page.goto('/applications/blink/edit')
  const steps = page.getByRole('combobox', { name: 'Steps' })
  await steps.fill('site=lab, tier in (1, 2), !retired')
  await page.keyboard.press('Enter')
  await steps.fill('two words')
  await page.keyboard.press('Enter')
  await page.getByText('“two words” is no step').waitFor()
  await page.keyboard.press('Backspace')
  await button('Roll out').click()
  await page.waitForURL(/\/applications\/blink$/)
  assert.deepEqual((await platform.get('application', 'blink')).spec.rollout.batches.slice(-1), [
    { selector: { matchLabels: { site: 'lab' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['1', '2'] }, { key: 'retired', operator: 'DoesNotExist' }] } },
  ])
})

test('the platform’s own logs are shown live, by component, level, text and time', async () => {
  await page.goto('/monitoring/platform')
  const log = page.getByRole('log', { name: 'Log' })
  await log.getByText('gateway', { exact: true }).first().waitFor()
  const component = page.getByRole('combobox', { name: 'Component' })
  await component.click()
  await page.getByRole('option', { name: 'web', exact: true }).click()
  await log.getByText('gateway', { exact: true }).first().waitFor({ state: 'detached' })
  // A line that is written while one looks.
  await page.getByLabel('Search in the log').fill('user=a-newcomer')
  await page.getByText('No line matches').waitFor()
  await browser.windowOf(platform, await platform.token('a-newcomer', 'viewer'))
  await log.getByText(/logged in user=a-newcomer/).waitFor()
  await page.getByRole('combobox', { name: 'Level at least' }).click()
  await page.getByRole('option', { name: 'error', exact: true }).click()
  await page.getByText('No line matches').waitFor()
  await page.goto('/monitoring/platform?since=between&from=2020-01-01T00:00:00&to=2020-01-02T00:00:00')
  await page.getByText('No line matches').waitFor()
  assert.match(await page.getByLabel('From', { exact: true }).inputValue(), /^2020-01-01T00:00/)
})

test('a time range of device logs is looked up in all that is kept', async () => {
  const last = async () => {
    const text = await page.getByRole('log', { name: 'Log' }).getByText(/^blink \d+$/).first().textContent()
    return Number(text.split(' ')[1])
  }
  await page.goto('/devices/sim-1/logs')
  await page.getByRole('log', { name: 'Log' }).getByText(/^blink \d+$/).first().waitFor()
  const { time } = JSON.parse((await (await page.request.get('/gateways/wasmbed/default/v1/namespaces/wasmbed/records?device=sim-1&kinds=log&app=blink&tail=10000')).text()).split('\n')[0])
  const asked = []
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => asked.push(payload)))
  const local = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
  await page.goto(`/devices/sim-1/logs?since=between&from=${local(Date.parse(time) - 1000)}&to=${local(Date.parse(time) + 3000)}`)
  await page.getByRole('log', { name: 'Log' }).getByText(/^blink \d+$/).first().waitFor()
  assert.ok((await last()) <= 2, 'the first of all lines')
  assert.ok(asked.some((message) => /records\?.*from=.*to=/.test(String(message))), 'the gateway was asked for that time, not for its newest lines')
})

test('the terminal completes, runs our commands, and nothing else', async () => {
  await page.goto('/terminal')
  const command = page.getByLabel('Command')
  const output = page.getByRole('log', { name: 'Output' })
  await command.fill('get dev')
  await command.press('Tab')
  await page.waitForFunction(() => document.querySelector('#terminal-line')?.value === 'get devices ')
  await command.press('Enter')
  await output.getByText(/sim-3/).waitFor()
  await command.fill('bash -c ls')
  await command.press('Enter')
  await output.getByText('exit status 2').waitFor()
  await command.press('ArrowUp')
  assert.equal(await command.inputValue(), 'bash -c ls')
})

test('the charts show what the roles measured', async () => {
  const names = async () => (await (await page.request.get('/metrics/names')).json()).names.map(({ name }) => name)
  await platform.waitFor('a scrape of every role', async () => {
    const found = await names()
    return ['wasmbed_gateway_sessions', 'controller_runtime_reconcile_time_seconds_sum', 'wasmbed_apiserver_requests_total', 'wasmbed_emulator_boards'].every((name) => found.includes(name))
  })
  const answer = await page.request.get('/metrics/series?name=wasmbed_process_resident_memory_bytes&from=-600')
  const roles = (await answer.json()).series.map(({ labels }) => labels.role).sort()
  assert.deepEqual(roles, ['apiserver', 'controller', 'emulator', 'gateway'])
  await page.goto('/monitoring')
  for (const title of ['Devices by state', 'Sessions by gateway', 'Messages, per second', 'Handshakes, per second', 'App restarts, all devices', 'App failures by reason', 'Time in reconciling, per second', 'Memory of the roles']) await page.getByRole('heading', { name: title }).waitFor()
  await page.getByRole('img', { name: /^Memory of the roles: .*gateway \d/ }).waitFor()
})

test('figures go on after the dashboard’s server was killed', async () => {
  const sessions = async (window) => {
    const answer = await (await window.request.get('/metrics/series?name=wasmbed_gateway_sessions&from=-1200&points=2160')).json()
    return new Map((answer.series?.[0]?.values ?? []).map((value, index) => [answer.from + index * answer.step, value]).filter(([, value]) => value !== null))
  }
  const before = await platform.waitFor('two samples', async () => { const known = await sessions(page); return known.size > 1 && known })
  await platform.kill('web')
  const token = await platform.token('nora', 'admin')
  const again = await platform.waitFor('a new session', () => browser.windowOf(platform, token))
  const after = await sessions(again)
  const newest = Math.max(...before.keys()) // perhaps not written yet when the process was killed
  for (const [time, value] of before) if (time < newest) assert.equal(after.get(time), value)
})

test('no script broke and the policy refused nothing', () => browser.assertNoErrors())
