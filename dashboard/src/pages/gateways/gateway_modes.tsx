// Modes a gateway is in until somebody ends them: pairing and drain.
import { Button, SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { useCan, useWrites } from '@/api/hooks'
import { kGateways } from '@/api/resources'
import type { Gateway } from '@/api/types.gen'
import { isPairing } from '@/fleet/gateway_state'
import { ConfirmDialog, type Question } from '@/ui/confirm'
import { Card } from '@/ui/page'
import { plural } from '@/ui/quantity'
import { durationText, useNow } from '@/ui/time'
import { toast } from '@/ui/toast'

const kMinutes = ['5', '15', '60']

/** Lets devices without a token ask to enroll, for some minutes; each still waits for a person. */
export function PairingCard({ gateway }: { gateway: Gateway }) {
  const mayEdit = useCan('gateways', 'patch')
  const writes = useWrites(kGateways)
  const now = useNow()
  const [minutes, setMinutes] = useState('15')
  const open = isPairing(gateway, now)
  const set = (until: string | null, done: string) =>
    void writes.patch(gateway.metadata.name, { spec: { pairing: until ? { until } : null } }).then(() => toast.done(done), (error: Error) => toast.failed('Pairing was not changed', error.message))
  return (
    <Card title="Pairing mode">
      <div className="stack">
        <p>{open ? <><strong>Open</strong> for {durationText(Date.parse(gateway.spec.pairing!.until!) - now)} more. Devices without a token may ask to enroll; each waits for approval.</> : <>Closed: only devices with a valid token or certificate are served.</>}</p>
        {mayEdit && (open
          ? <Button variant="default" onClick={() => set(null, 'Pairing closed')}>Close now</Button>
          : <div className="row">
              <SegmentedControl aria-label="Minutes" size="xs" value={minutes} onChange={setMinutes} data={kMinutes.map((value) => ({ value, label: `${value} min` }))} />
              <Button variant="default" onClick={() => set(new Date(Date.now() + Number(minutes) * 60_000).toISOString().replace(/\.\d+Z$/, 'Z'), `Pairing open for ${minutes} minutes`)}>Open</Button>
            </div>)}
      </div>
    </Card>
  )
}

export function DrainCard({ gateway }: { gateway: Gateway }) {
  const mayEdit = useCan('gateways', 'patch')
  const writes = useWrites(kGateways)
  const [question, setQuestion] = useState<Question>()
  const name = gateway.metadata.name
  if (!mayEdit && !gateway.spec.drain) return null
  const drain = () => setQuestion({
    title: `Drain ${name}?`, action: 'Drain', dangerous: true,
    text: `${name} takes no new session and sends its ${plural(gateway.status?.connected ?? 0, 'device')} to the other gateways. Without another gateway they stay disconnected until the drain is ended.`,
    run: () => writes.patch(name, { spec: { drain: true } }).then(() => toast.done(`${name} drains`)),
  })
  const end = () => void writes.patch(name, { spec: { drain: null } }).then(() => toast.done(`${name} takes sessions again`), (error: Error) => toast.failed('The drain was not ended', error.message))
  return (
    <Card title="Drain">
      <div className="stack">
        <p>{gateway.spec.drain ? (gateway.status?.draining ? `${plural(gateway.status.draining, 'session')} still to leave.` : 'No session is left; it can be stopped.') : 'Sends the devices to other gateways, before maintenance.'}</p>
        {mayEdit && (gateway.spec.drain ? <Button variant="default" onClick={end}>End the drain</Button> : <Button variant="outline" color="red" onClick={drain}>Drain…</Button>)}
      </div>
      <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} />
    </Card>
  )
}
