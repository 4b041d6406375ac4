// One application: where its rollout stands, how it does on its devices, what it says; each tab is a URL.
import { Tabs } from '@mantine/core'
import { lazy, Suspense, useMemo } from 'react'
import { useNavigate, useParams } from 'react-router-dom'
import { useCan, useObject, useObjects } from '@/api/hooks'
import { kApplications, kRevisions } from '@/api/resources'
import type { Application, ApplicationRevision } from '@/api/types.gen'
import { applicationPhase, applicationTone } from '@/fleet/application_state'
import { EventList } from '@/pages/events/event_list'
import { LogPanel } from '@/pages/logs/log_panel'
import { Conditions } from '@/pages/objects/conditions'
import { Badge } from '@/ui/badge'
import { Card, PageHead } from '@/ui/page'
import { Empty, Failed, Loading } from '@/ui/states'
import { ApplicationActions } from './application_actions'
import { Failures } from './failures'
import { Instances } from './instances'
import { Revisions } from './revisions'
import { RolloutCard } from './rollout_card'
import { SpecFacts } from './spec_facts'

const YamlPanel = lazy(() => import('@/pages/objects/yaml_panel'))
const kCrumbs = [{ label: 'Applications', to: '/applications' }]

export default function ApplicationPage() {
  const { name = '', tab = 'summary' } = useParams()
  const { object: application, loaded, problem } = useObject(kApplications, name)
  const { items } = useObjects(kRevisions)
  const revisions = useMemo(() => items.filter((revision) => revision.spec.application.name === name).sort((a, b) => b.spec.sequence - a.spec.sequence), [items, name])
  if (!application && problem) return <Failed what={`${name} cannot be read`} message={problem} />
  if (!application && !loaded) return <Loading what={`Loading ${name}`} />
  if (!application) return <><PageHead title={name} crumbs={kCrumbs} /><Empty title={`There is no application ${name}`}>It may have been deleted.</Empty></>
  return (
    <>
      <PageHead title={name} crumbs={kCrumbs} actions={<ApplicationActions application={application} revisions={revisions} />}
        beside={<><Badge tone={applicationTone(application)}>{application.metadata.deletionTimestamp ? 'Deleting' : applicationPhase(application)}</Badge>{application.spec.suspended && <Badge tone="warn">Suspended</Badge>}</>} />
      <ApplicationTabs application={application} revisions={revisions} tab={tab} />
    </>
  )
}

function ApplicationTabs({ application, revisions, tab }: { application: Application; revisions: ApplicationRevision[]; tab: string }) {
  const navigate = useNavigate()
  const name = application.metadata.name
  const mayLogs = useCan('devices/logs', 'get')
  const tabs = [
    { id: 'summary', label: 'Summary', content: () => <Summary application={application} /> },
    { id: 'devices', label: `Devices (${application.status?.desired ?? 0})`, content: () => <Instances application={application} /> },
    ...(mayLogs ? [{ id: 'logs', label: 'Logs', content: () => <Card flush><LogPanel app={name} height="calc(100vh - 300px)" /></Card> }] : []),
    { id: 'revisions', label: `Revisions (${revisions.length})`, content: () => <Revisions application={application} revisions={revisions} /> },
    { id: 'events', label: 'Events', content: () => <Card flush><EventList kind="Application" name={name} limit={200} /></Card> },
    { id: 'yaml', label: 'YAML', content: () => <YamlPanel object={application} resource={kApplications} /> },
  ]
  const current = tabs.find((entry) => entry.id === tab) ?? tabs[0]!
  return (
    <Tabs value={current.id} onChange={(value) => navigate(`/applications/${name}${value && value !== 'summary' ? `/${value}` : ''}`)} keepMounted={false}>
      <Tabs.List aria-label={`Parts of ${name}`}>{tabs.map((entry) => <Tabs.Tab key={entry.id} value={entry.id}>{entry.label}</Tabs.Tab>)}</Tabs.List>
      <Tabs.Panel value={current.id} pt="md"><Suspense fallback={<Loading />}>{current.content()}</Suspense></Tabs.Panel>
    </Tabs>
  )
}

function Summary({ application }: { application: Application }) {
  return (
    <div className="cols-main">
      <div className="stack-lg">
        <RolloutCard application={application} />
        <Failures application={application} />
        <Card title="Conditions" flush><Conditions conditions={application.status?.conditions} /></Card>
      </div>
      <SpecFacts application={application} />
    </div>
  )
}
