import { useMemo } from 'react'
import { Link } from 'react-router-dom'
import { useObjects } from '@/api/hooks'
import { eventTime, type KubeEvent } from '@/api/kube'
import { kEvents } from '@/api/resources'
import { Empty, Failed, Loading } from '@/ui/states'
import { TimeAgo } from '@/ui/time'
import '../overview/overview.css'

const kPaths: Record<string, string> = { Device: '/devices', Application: '/applications', Gateway: '/gateways' }

/** Events, newest first; of one object when it is named. */
export function EventList({ kind, name, limit }: { kind?: string; name?: string; limit: number }) {
  const events = useObjects(kEvents)
  const shown = useMemo(
    () =>
      events.items
        .filter((event) => (!kind || event.involvedObject.kind === kind) && (!name || event.involvedObject.name === name))
        .sort((a, b) => (eventTime(a) < eventTime(b) ? 1 : -1))
        .slice(0, limit),
    [events.items, kind, name, limit],
  )
  if (!events.loaded && events.problem) return <Failed what="Events cannot be read" message={events.problem} />
  if (!events.loaded) return <Loading />
  if (shown.length === 0) return <Empty title="No events">The platform writes one when something changes; they are kept for an hour.</Empty>
  return <ul className="events">{shown.map((event) => <EventRow key={event.metadata.uid ?? event.metadata.name} event={event} named={name !== undefined} />)}</ul>
}

function EventRow({ event, named }: { event: KubeEvent; named: boolean }) {
  const { kind = '', name = '' } = event.involvedObject
  const path = kPaths[kind]
  return (
    <li>
      <span className="dim nowrap"><TimeAgo time={eventTime(event)} /></span>
      <span className={event.type === 'Warning' ? 'dot warning' : 'dot'} role="img" aria-label={event.type === 'Warning' ? 'Warning' : 'Normal'} />
      <span>
        {!named && path && <><Link to={`${path}/${name}`}>{name}</Link>{' '}</>}
        <strong>{event.reason}</strong> {event.message}
        {(event.count ?? 1) > 1 && <span className="dim"> ×{event.count}</span>}
      </span>
    </li>
  )
}
