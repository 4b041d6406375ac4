// Permissions as sentences, and what may be typed. The grammar is that of Application.spec.permissions.

/** What a permission lets an app do. A kind nobody knows here is shown as it is. */
export function permissionText(permission: string): string {
  const [kind = '', ...rest] = permission.split(':')
  const subject = rest.join(':')
  switch (kind) {
    case 'led': return subject === '*' ? 'switch every LED' : `switch LED ${subject}`
    case 'gpio': {
      const direction = rest[rest.length - 1]
      return direction === 'out' ? `set pin ${rest[0]}` : `read pin ${rest[0]}`
    }
    case 'i2c': return `talk to the chip at ${rest[1] === '*' ? 'any address' : `address ${rest[1]}`} of I²C bus ${rest[0]}`
    case 'spi': return `talk to chip select ${rest[1]} of SPI bus ${rest[0]}`
    case 'sensor': return subject === '*' ? 'read every sensor' : subject.endsWith('*') ? `read the sensors whose names begin with “${subject.slice(0, -1)}”` : `read the sensor ${subject}`
    case 'storage': return subject === '*' ? 'keep values under any key of its own' : subject.endsWith('*') ? `keep values under its own keys that begin with “${subject.slice(0, -1)}”` : `keep a value under its own key “${subject}”`
    case 'message': return `send and receive messages on ${subject === '#' || subject === '*' ? 'every topic' : `“${subject}”`}`
    default: return `use ${permission}`
  }
}

const kForms: Record<string, RegExp> = {
  led: /^led:(\*|0|[1-9]\d*)$/,
  gpio: /^gpio:[^:]+:(in|out)$/,
  i2c: /^i2c:[^:]+:[^:]+$/,
  spi: /^spi:[^:]+:[^:]+$/,
  sensor: /^sensor:.+$/,
  storage: /^storage:.*$/,
  message: /^message:.+$/,
}

/** Why a permission is none; undefined when it is fine. */
export function permissionProblem(permission: string): string | undefined {
  const kind = permission.split(':')[0] ?? ''
  const form = kForms[kind]
  if (!form) return `“${permission}”: permissions begin with ${Object.keys(kForms).join(':, ')}:`
  return form.test(permission) ? undefined : `“${permission}” is incomplete; for instance ${{ led: 'led:0', gpio: 'gpio:13:out', i2c: 'i2c:0:0x48', spi: 'spi:0:1', sensor: 'sensor:temperature', storage: 'storage:*', message: 'message:alerts/#' }[kind]}`
}

/** A permission to begin with, for a kind that a module's imports need. */
export const kPermissionExamples: Readonly<Record<string, string>> = { Led: 'led:*', Storage: 'storage:*', Sensor: 'sensor:*', Gpio: 'gpio:0:out', I2c: 'i2c:0:*', Spi: 'spi:0:0', Message: 'message:#' }
