import type { Condition } from '@/api/kube'
import { Badge, type Tone } from '@/ui/badge'
import { Empty } from '@/ui/states'
import { TimeAgo } from '@/ui/time'

/** Conditions where True is not the good news. */
const kBadWhenTrue = new Set(['Degraded'])
/** Conditions that say neither good nor bad. */
const kNeutral = new Set(['Progressing'])

function toneOf({ type, status }: Condition): Tone {
  if (status === 'Unknown') return 'warn'
  if (kNeutral.has(type)) return status === 'True' ? 'info' : 'idle'
  return (status === 'True') !== kBadWhenTrue.has(type) ? 'ok' : kBadWhenTrue.has(type) ? 'bad' : 'warn'
}

export function Conditions({ conditions }: { conditions: Condition[] | undefined }) {
  if (!conditions?.length) return <Empty title="No conditions yet">The platform has not looked at it yet.</Empty>
  return (
    <div className="scroll-x" tabIndex={0}>
      <table className="plain">
        <thead><tr><th>Condition</th><th>State</th><th>Since</th><th>Reason</th></tr></thead>
        <tbody>
          {conditions.map((entry) => (
            <tr key={entry.type}>
              <td className="nowrap"><strong>{entry.type}</strong></td>
              <td><Badge tone={toneOf(entry)}>{entry.status}</Badge></td>
              <td className="nowrap"><TimeAgo time={entry.lastTransitionTime} /></td>
              <td><strong>{entry.reason}</strong>{entry.message && <div className="dim">{entry.message}</div>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
