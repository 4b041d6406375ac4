// One real platform for a test: `wasmbed up` in a folder of its own, with ports of its own.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const kRoot = fileURLToPath(new URL('../..', import.meta.url))
const kBundle = path.join(kRoot, 'build') // where ./dev build collects everything
const kWasmbed = path.join(kBundle, 'bin/wasmbed')
const kLimitMs = 60_000

const run = promisify(execFile)

export class Platform {
  /** Starts it and waits until it is ready. */
  static async start() {
    const home = await mkdtemp(path.join(tmpdir(), 'wasmbed-browser-'))
    const platform = new Platform(home)
    const ports = ['api', 'devices', 'gateway-api', 'emulator-api', 'dashboard', 'serial', 'controller-probes'].flatMap((name) => [`--${name}-port`, '0'])
    platform.process = spawn(kWasmbed, ['up', '--data', platform.data, ...ports], { stdio: ['ignore', 'pipe', 'pipe'] })
    platform.output = ''
    for (const stream of [platform.process.stdout, platform.process.stderr]) stream.on('data', (text) => (platform.output += text))
    platform.loginLink = await platform.waitFor('the login link', async () => platform.output.match(/http:\S+\/login\?code=\w+/)?.[0])
    platform.url = new URL(platform.loginLink).origin
    return platform
  }

  constructor(home) {
    this.home = home
    this.data = path.join(home, 'data')
  }

  /** Ctrl-C, and the folder removed. */
  async stop() {
    this.process.kill('SIGINT')
    if (this.process.exitCode === null) await once(this.process, 'exit')
    await rm(this.home, { recursive: true, force: true })
  }

  /** What `wasmbed ARGS` prints, as administrator. */
  async wasmbed(...args) {
    const { stdout } = await run(kWasmbed, args, { env: { ...process.env, KUBECONFIG: path.join(this.data, 'kubeconfig') } })
    return stdout.trim()
  }

  async apply(object) {
    const child = run(kWasmbed, ['apply', '-f', '-'], { env: { ...process.env, KUBECONFIG: path.join(this.data, 'kubeconfig') } })
    child.child.stdin.end(JSON.stringify(object))
    await child
  }

  async get(kind, name) {
    return JSON.parse(await this.wasmbed('get', kind, name, '-o', 'json'))
  }

  /** Changes fields of a spec, as administrator. */
  async patch(kind, name, changes) {
    const { metadata, spec, apiVersion, kind: Kind } = await this.get(kind, name)
    await this.apply({ apiVersion, kind: Kind, metadata: { name, labels: metadata.labels }, spec: { ...spec, ...changes.spec } })
  }

  /** A token for a user of that role. */
  token(name, role) {
    return this.wasmbed('user', 'create', name, '--role', role)
  }

  /** An emulated board; returns once it is connected. */
  async addDevice(name, board = 'sim', labels = {}) {
    await this.apply({ apiVersion: 'wasmbed.io/v1alpha1', kind: 'Device', metadata: { name, labels }, spec: { board, emulation: { enabled: true } } })
    await this.waitFor(`${name} to be connected`, async () => (await this.get('device', name)).status?.phase === 'Connected')
  }

  async addApplication(name, target, spec = {}) {
    const inline = (await readFile(module(name))).toString('base64')
    await this.apply({ apiVersion: 'wasmbed.io/v1alpha1', kind: 'Application', metadata: { name }, spec: { language: 'wasm', module: { inline }, target, ...spec } })
  }

  /** Ends one role's process the hard way; `up` starts it again. */
  async kill(role) {
    const { stdout } = await run('ps', ['-o', 'pid=,args=', '--ppid', String(this.process.pid)])
    const pid = Number(stdout.split('\n').find((line) => line.includes(`wasmbed ${role} `))?.trim().split(' ')[0])
    process.kill(pid, 'SIGKILL')
  }

  /** Asks again until `probe` gives something true; errors count as "not yet". */
  async waitFor(what, probe, limitMs = kLimitMs) {
    const end = Date.now() + limitMs
    let last
    while (Date.now() < end) {
      last = await probe().catch((error) => error)
      if (last && !(last instanceof Error)) return last
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`not seen within ${limitMs} ms: ${what}; last: ${last}; the platform said:\n${this.output}`)
  }
}

/** Path of an example app's module. */
export const module = (name) => path.join(kBundle, 'apps', `${name}.wasm`)
