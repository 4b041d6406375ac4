import { useObjects } from '@/api/hooks'
import type { KubeObject } from '@/api/kube'
import { kApplications, kDevices } from '@/api/resources'
import { yamlOf } from '@/pages/objects/yaml_panel'
import { CodeBlock } from '@/ui/code'
import type { Made } from './setup'

/** As a person would write it: no status, no bookkeeping. */
function written(object: KubeObject & { spec?: unknown }, kind: string): unknown {
  const { name, namespace, labels } = object.metadata
  return { apiVersion: 'wasmbed.io/v1alpha1', kind, metadata: { name, namespace, ...(labels && { labels }) }, spec: object.spec }
}

export default function MadeYaml({ made }: { made: Made }) {
  const { items: devices } = useObjects(kDevices)
  const { items: applications } = useObjects(kApplications)
  const objects = [
    ...devices.filter((device) => made.devices.includes(device.metadata.name)).map((device) => written(device, 'Device')),
    ...applications.filter((application) => made.applications.includes(application.metadata.name)).map((application) => written(application, 'Application')),
  ]
  return <CodeBlock text={objects.map(yamlOf).join('---\n')} label="Objects as YAML" />
}
