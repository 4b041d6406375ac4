import { Badge } from '@/ui/badge'
import { Card } from '@/ui/page'
import { Failed, Loading } from '@/ui/states'
import { TimeAgo } from '@/ui/time'
import { useRoles } from '@/api/system'

/** The roles of the platform, each as `wasmbed web` finds it. */
export function PlatformHealth() {
  const { data, error, refetch } = useRoles()
  return (
    <Card title="Platform">
      {error && !data ? <Failed what="The state of the platform is not known" message={error.message} onRetry={() => void refetch()} /> : !data ? <Loading /> : (
        <>
          <ul className="roles">
            {data.roles.map((role) => (
              <li key={`${role.role}/${role.instance}`}>
                <span className="grow">{role.role} <span className="dim">{role.instance}</span>{role.message && <div className="dim">{role.message}</div>}</span>
                <Badge tone={role.healthy === null ? 'idle' : role.healthy ? 'ok' : 'bad'}>{role.healthy === null ? 'Not known' : role.healthy ? 'Healthy' : 'Not healthy'}</Badge>
              </li>
            ))}
          </ul>
          <p className="dim" style={{ marginTop: 8 }}>Version {data.version}, started <TimeAgo time={data.startedAt} /></p>
        </>
      )}
    </Card>
  )
}
