// Figures of the platform over time, the logs of all devices, and those of the platform's own roles.
import { SegmentedControl, Tabs } from '@mantine/core'
import { useNavigate, useParams } from 'react-router-dom'
import { useCan } from '@/api/hooks'
import { LogPanel } from '@/pages/logs/log_panel'
import { PlatformLogPanel } from '@/pages/logs/platform_log_panel'
import { Card, PageHead } from '@/ui/page'
import { bytesText } from '@/ui/quantity'
import { Empty } from '@/ui/states'
import { useUrlText } from '@/ui/url_state'
import { type Metric, MetricCard } from './metric_card'
import './monitoring.css'

const kRanges: Record<string, number> = { '15 min': 900, '1 h': 3600, '6 h': 21_600 }

const kMetrics: Metric[] = [
  { title: 'Devices by state', names: ['wasmbed_fleet_devices'], by: 'phase' },
  { title: 'Sessions by gateway', names: ['wasmbed_gateway_sessions'], by: 'instance' },
  { title: 'Messages, per second', names: ['wasmbed_gateway_messages_total'], rate: true, by: 'type' },
  { title: 'Handshakes, per second', names: ['wasmbed_gateway_handshakes_total'], rate: true, by: 'result' },
  { title: 'Apps by state', names: ['wasmbed_fleet_apps'], by: 'state' },
  { title: 'App failures by reason', names: ['wasmbed_fleet_app_failures'], by: 'reason' },
  { title: 'App restarts, all devices', names: ['wasmbed_fleet_app_restarts'] },
  { title: 'Time in reconciling, per second', names: ['controller_runtime_reconcile_time_seconds_sum'], rate: true, by: 'controller', format: (value) => `${(value * 1000).toFixed(1)} ms` },
  { title: 'Memory of the roles', names: ['wasmbed_process_resident_memory_bytes'], by: 'role', format: bytesText },
  { title: 'Processor of the roles', names: ['wasmbed_process_cpu_seconds_total'], rate: true, by: 'role', format: (value) => `${(value * 100).toFixed(1)} %` },
]

export default function Monitoring() {
  const { tab = 'figures' } = useParams()
  const navigate = useNavigate()
  const [range, setRange] = useUrlText('range', '1 h')
  const mayMetrics = useCan('devices/metrics', 'get')
  const mayLogs = useCan('devices/logs', 'get')
  return (
    <>
      <PageHead title="Monitoring" actions={tab === 'figures' && <SegmentedControl aria-label="Time range" size="xs" value={range} onChange={setRange} data={Object.keys(kRanges)} />} />
      <Tabs value={tab} onChange={(value) => navigate(value === 'figures' ? '/monitoring' : `/monitoring/${value}`)} keepMounted={false}>
        <Tabs.List aria-label="Monitoring"><Tabs.Tab value="figures">Figures</Tabs.Tab><Tabs.Tab value="logs">Logs of devices</Tabs.Tab><Tabs.Tab value="platform">Logs of the platform</Tabs.Tab></Tabs.List>
        <Tabs.Panel value="figures" pt="md">
          {mayMetrics ? <div className="metrics">{kMetrics.map((metric) => <MetricCard key={metric.title} metric={metric} seconds={kRanges[range] ?? 3600} />)}</div> : <Empty title="Your role does not allow this">Figures need `get` on devices/metrics in all namespaces.</Empty>}
        </Tabs.Panel>
        {['logs', 'platform'].map((value) => (
          <Tabs.Panel key={value} value={value} pt="md">
            {mayLogs ? <Card flush>{value === 'logs' ? <LogPanel height="calc(100vh - 260px)" /> : <PlatformLogPanel height="calc(100vh - 260px)" />}</Card>
              : <Empty title="Your role does not allow this">Logs need `get` on devices/logs.</Empty>}
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  )
}
