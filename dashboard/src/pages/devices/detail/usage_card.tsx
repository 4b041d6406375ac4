// What the device's apps use, as its heartbeats say: memory they hold, fuel per second.
import { SegmentedControl } from '@mantine/core'
import { useCan, useNamespace } from '@/api/hooks'
import type { Device } from '@/api/types.gen'
import { useUsage } from '@/api/usage'
import { Chart } from '@/ui/chart'
import { Card } from '@/ui/page'
import { bytesText, shortNumber } from '@/ui/quantity'
import { Empty, Failed, Loading } from '@/ui/states'
import { useUrlText } from '@/ui/url_state'

const kRanges: Record<string, number> = { '15 min': 900, '1 h': 3600, '6 h': 21_600 }

export function UsageCard({ device }: { device: Device }) {
  const namespace = useNamespace()
  const may = useCan('devices/metrics', 'get')
  const [range, setRange] = useUrlText('range', '1 h')
  const { data, error, refetch } = useUsage(namespace, device.metadata.name, kRanges[range] ?? 3600, may)
  if (!may) return null
  const known = data?.memoryBytes.some((value) => value !== null)
  const ram = device.status?.capacity?.ram
  return (
    <Card title="Memory and fuel" actions={<SegmentedControl aria-label="Time range" size="xs" value={range} onChange={setRange} data={Object.keys(kRanges)} />}>
      {error && !data ? <Failed what="No figures" message={error.message} onRetry={() => void refetch()} />
        : !data ? <Loading />
        : !known ? <Empty title="Nothing reported in this time">A device says with each heartbeat what its apps use; firmware before this, and boards without apps, do not.</Empty>
        : (
          <div className="cols-2">
            <div><h3>Memory of the apps{ram ? `, of ${bytesText(ram)}` : ''}</h3><Chart label="Memory of the apps" lines={[{ label: 'held', values: data.memoryBytes }]} from={data.from} step={data.step} format={bytesText} /></div>
            <div><h3>Fuel, per second</h3><Chart label="Fuel per second" lines={[{ label: 'used', values: data.fuelPerSecond }]} from={data.from} step={data.step} format={shortNumber} /></div>
          </div>
        )}
    </Card>
  )
}
