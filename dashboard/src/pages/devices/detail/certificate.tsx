import type { Device } from '@/api/types.gen'
import { CodeBlock } from '@/ui/code'
import { Card, KeyValues } from '@/ui/page'
import { Empty } from '@/ui/states'
import { TimeAgo, useNow } from '@/ui/time'
import { certificateEndsSoon } from '@/fleet/device_state'
import { Badge } from '@/ui/badge'

export default function Certificate({ device }: { device: Device }) {
  const { identity, enrollment, revoked = [] } = device.status ?? {}
  const soon = certificateEndsSoon(device, useNow())
  return (
    <div className="stack-lg">
      <Card title="Certificate">
        {!identity ? <Empty title="No certificate yet">The device gets one when it has asked with its key and was approved.</Empty> : (
          <div className="stack">
            <KeyValues entries={[
              ['Serial', <span className="mono">{identity.serial}</span>],
              ['Ends', <span className="row"><span>{new Date(identity.notAfter).toLocaleString()} (<TimeAgo time={identity.notAfter} />)</span>{soon && <Badge tone="warn">Ends soon</Badge>}</span>],
              ['Key, SHA-256', <span className="mono">{identity.publicKeySha256}</span>],
              ['Renews', identity.previousSerial && <span className="mono">{identity.previousSerial}</span>],
            ]} />
            <CodeBlock text={identity.certificate} label="Certificate, PEM" />
          </div>
        )}
      </Card>
      {enrollment && (
        <Card title="Request">
          <KeyValues entries={[
            ['Asked', <TimeAgo time={enrollment.requestedAt} />],
            ['Key, SHA-256', <span className="mono">{enrollment.publicKeySha256}</span>],
            ['Pinned key', device.spec.publicKey && <span className="mono">{device.spec.publicKey}</span>],
            ['Board it says', enrollment.board],
            ['Token', enrollment.tokenId ? 'valid, checked by the gateway' : 'none: a person has to approve'],
          ]} />
        </Card>
      )}
      {revoked.length > 0 && (
        <Card title="Revoked certificates" flush>
          <div className="scroll-x" tabIndex={0}><table className="plain">
            <thead><tr><th>Serial</th><th>Revoked</th><th>Reason</th></tr></thead>
            <tbody>{revoked.map((entry) => <tr key={entry.serial}><td className="mono">{entry.serial}</td><td><TimeAgo time={entry.revokedAt} /></td><td>{entry.reason}</td></tr>)}</tbody>
          </table></div>
        </Card>
      )}
    </div>
  )
}
