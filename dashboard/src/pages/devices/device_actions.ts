// What can be done to a device, each with what it will do. The detail page, the table's bulk bar and the topology share them.
import { useMemo } from 'react'
import { useCan, useNamespace, useWrites } from '@/api/hooks'
import { send } from '@/api/http'
import { kDevices } from '@/api/resources'
import type { Device } from '@/api/types.gen'
import { kForceDeleteAnnotation, kRevokeAnnotation } from '@/fleet/annotations'
import { isEmulated, waitsForApproval } from '@/fleet/device_state'

export interface DeviceAction {
  id: 'approve' | 'reject' | 'power-on' | 'power-off' | 'reset' | 'suspend' | 'resume' | 'revoke' | 'delete' | 'force-delete'
  label: string
  /** What happens, said before it happens; absent: it is done without asking. */
  consequence?: (subject: string) => string
  dangerous?: boolean
  /** Done only after the device's name (or how many they are) was typed. */
  typed?: boolean
  /** Said when it worked. */
  done: string
  applies: (device: Device) => boolean
  allowed: boolean
  run: (device: Device) => Promise<unknown>
}

export function useDeviceActions(): DeviceAction[] {
  const namespace = useNamespace()
  const writes = useWrites(kDevices)
  const mayPatch = useCan('devices', 'patch')
  const mayDelete = useCan('devices', 'delete')
  const mayPower = useCan('devices/power', 'create')
  return useMemo(() => {
    const power = (action: 'on' | 'off' | 'reset') => (device: Device) =>
      send(`/emulator/v1/namespaces/${encodeURIComponent(namespace)}/devices/${encodeURIComponent(device.metadata.name)}/power`, { method: 'POST', body: { action } })
    const annotate = (device: Device, key: string, value: string | undefined) => writes.patch(device.metadata.name, { metadata: { annotations: { [key]: value } } })
    const spec = (fields: Record<string, unknown>) => (device: Device) => writes.patch(device.metadata.name, { spec: fields })
    return [
      {
        id: 'approve', label: 'Approve', done: 'Approved', allowed: mayPatch, applies: waitsForApproval,
        consequence: (subject) => `${subject} gets a certificate for the key it asks with now, and may take part in the fleet. Compare the key’s fingerprint with the one the device shows if you can.`,
        // The approval is of the key that asks: another key needs another approval.
        run: (device) => writes.patch(device.metadata.name, { spec: { approval: 'Approved', publicKey: device.status?.enrollment?.publicKeySha256 } }),
      },
      {
        id: 'reject', label: 'Reject', done: 'Rejected', allowed: mayPatch, dangerous: true, applies: (device) => waitsForApproval(device) || (device.spec.approval !== 'Rejected' && !device.status?.identity),
        consequence: (subject) => `${subject} gets no certificate. It can be approved later.`,
        run: spec({ approval: 'Rejected' }),
      },
      { id: 'power-on', label: 'Power on', done: 'Switched on', allowed: mayPower, applies: (device) => isEmulated(device) && device.status?.emulation?.state !== 'Running', run: power('on') },
      {
        id: 'power-off', label: 'Power off', done: 'Switched off', allowed: mayPower, dangerous: true, applies: (device) => isEmulated(device) && device.status?.emulation?.state === 'Running',
        consequence: (subject) => `The power of ${subject} is cut at once, as if a plug was pulled. What it stored stays; its apps stop until it is switched on again.`,
        run: power('off'),
      },
      {
        id: 'reset', label: 'Reset', done: 'Reset', allowed: mayPower, applies: (device) => isEmulated(device) && device.status?.emulation?.state === 'Running',
        consequence: (subject) => `The processor of ${subject} starts anew, as with the reset button. Its apps start again.`,
        run: power('reset'),
      },
      {
        id: 'suspend', label: 'Suspend', done: 'Suspended', allowed: mayPatch, applies: (device) => !device.spec.suspended,
        consequence: (subject) => `${subject} keeps its session and stops all its apps until it is resumed.`,
        run: spec({ suspended: true }),
      },
      { id: 'resume', label: 'Resume', done: 'Resumed', allowed: mayPatch, applies: (device) => device.spec.suspended ?? false, run: spec({ suspended: null }) },
      {
        id: 'revoke', label: 'Revoke certificate', done: 'Revocation asked for', allowed: mayPatch, dangerous: true, typed: true,
        applies: (device) => device.status?.identity !== undefined && !device.metadata.deletionTimestamp,
        consequence: (subject) => `The present certificate of ${subject} is refused from now on, and its session ends. It takes part again only when it enrolls anew: with a new token, or with a key that is approved. To keep it out for good, reject it afterwards.`,
        // The certificate that was looked at: one that was renewed meanwhile is not meant.
        run: (device) => annotate(device, kRevokeAnnotation, device.status?.identity?.serial),
      },
      {
        id: 'delete', label: 'Delete', done: 'Deleted', allowed: mayDelete, dangerous: true, typed: true, applies: (device) => !device.metadata.deletionTimestamp,
        consequence: (subject) => `The apps of ${subject} are removed; once it reports that it has none, it is removed with its identity, and its session ends. An emulated board is removed with all it stored. To come back, a real board has to enroll anew. This cannot be undone.`,
        run: (device) => writes.remove(device.metadata.name),
      },
      {
        id: 'force-delete', label: 'Delete without waiting', done: 'Deleted without waiting', allowed: mayPatch && mayDelete, dangerous: true, typed: true, applies: (device) => device.metadata.deletionTimestamp !== undefined,
        consequence: (subject) => `${subject} is removed although it did not report that its apps are gone: they may still run there.`,
        run: (device) => annotate(device, kForceDeleteAnnotation, 'true'),
      },
    ]
  }, [namespace, writes, mayPatch, mayDelete, mayPower])
}
