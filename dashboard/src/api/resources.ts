// The kinds the dashboard reads and writes, and where they live in the API.
import type { KubeEvent, KubeObject } from './kube'
import type { Application, ApplicationRevision, Device, Gateway } from './types.gen'

/** A kind of object; `T` is what its lists hold. */
export interface Resource<T extends KubeObject> {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly example?: T
}

const wasmbed = { group: 'wasmbed.io', version: 'v1alpha1' }

export const kDevices: Resource<Device> = { ...wasmbed, plural: 'devices', kind: 'Device' }
export const kApplications: Resource<Application> = { ...wasmbed, plural: 'applications', kind: 'Application' }
export const kRevisions: Resource<ApplicationRevision> = { ...wasmbed, plural: 'applicationrevisions', kind: 'ApplicationRevision' }
export const kGateways: Resource<Gateway> = { ...wasmbed, plural: 'gateways', kind: 'Gateway' }
export const kEvents: Resource<KubeEvent> = { group: '', version: 'v1', plural: 'events', kind: 'Event' }

export function apiVersionOf(resource: Resource<KubeObject>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

/** Path of a list, or of one object when it is named. */
export function pathOf(resource: Resource<KubeObject>, namespace: string, name?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`
  const list = `${root}/namespaces/${encodeURIComponent(namespace)}/${resource.plural}`
  return name === undefined ? list : `${list}/${encodeURIComponent(name)}`
}
